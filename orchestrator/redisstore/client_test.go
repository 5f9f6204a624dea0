package redisstore

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAddressIsRead(t *testing.T) {
	type read struct {
		Addrs    []string
		Master   string
		DB       int
		User     string
		Password string
		TLS      bool
		Cluster  bool
		PoolSize int
	}
	for address, want := range map[string]read{
		"redis://localhost":        {Addrs: []string{"localhost:6379"}},
		"redis://localhost:7000/3": {Addrs: []string{"localhost:7000"}, DB: 3},
		"rediss://ann:p%40ss@redis.example.com:6380": {Addrs: []string{"redis.example.com:6380"}, User: "ann",
			Password: "p@ss", TLS: true},
		"redis://a:1,b:2,c:3":           {Addrs: []string{"a:1", "b:2", "c:3"}},
		"redis://:pw@a,b:2?pool_size=7": {Addrs: []string{"a:6379", "b:2"}, Password: "pw", PoolSize: 7},
		"redis+cluster://one:7000":      {Addrs: []string{"one:7000"}, Cluster: true},
		"rediss+cluster://one":          {Addrs: []string{"one:6379"}, Cluster: true, TLS: true},
		"redis+sentinel://:pw@s1:26379,s2:26379/main": {Addrs: []string{"s1:26379", "s2:26379"}, Master: "main",
			Password: "pw"},
		"redis+sentinel://s1:26379/main/2": {Addrs: []string{"s1:26379"}, Master: "main", DB: 2},
		"redis://[::1]:7000":               {Addrs: []string{"[::1]:7000"}},
	} {
		o, err := parseURL(address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		got := read{o.Addrs, o.MasterName, o.DB, o.Username, o.Password, o.TLSConfig != nil, o.IsClusterMode, o.PoolSize}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: got (+), want (-):\n%s", address, diff)
		}
		if !o.ContextTimeoutEnabled || !o.DisableIdentity || o.MaintNotificationsConfig == nil {
			t.Errorf("%s: the client's manners are not set", address)
		}
	}
}

func TestBadAddressIsRefusedWithoutItsPassword(t *testing.T) {
	const password = "s3cr3t-w0rd"
	for _, address := range []string{
		"", "localhost:6379", "http://:" + password + "@localhost", "redis://:" + password + "@localhost/x",
		"redis://:" + password + "@localhost:port", "redis://:" + password + "@a,,b", "redis://:" + password + "@a,b/3",
		"redis+cluster://:" + password + "@a/3", "redis+sentinel://:" + password + "@a", "redis+star://:" + password + "@a",
		"redis://:" + password + "@a?no_such_option=1", "redis://:" + password + "%zz@a", "redis://:" + password + "@a b",
		"redis://ann:" + password + "/x@localhost", "redis://:12/" + password + "@localhost",
	} {
		_, err := newClient(address)
		if err == nil {
			t.Errorf("%s was taken", address)
			continue
		}
		if !strings.HasPrefix(err.Error(), "redis.url: ") || strings.Contains(err.Error(), password) {
			t.Errorf("%s: %v", address, err)
		}
	}
}
