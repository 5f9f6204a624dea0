package redisstore

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// newClient makes the client for an address. It does not connect.
func newClient(address string) (redis.UniversalClient, error) {
	o, err := parseURL(address)
	if err != nil {
		return nil, err
	}
	redis.SetLogger(clientLog{})
	return redis.NewUniversalClient(o), nil
}

// CheckURL answers what is wrong with the address of a Redis, nil if it can be used. It does not connect. Errors begin with
// "redis.url: " and never contain the password.
func CheckURL(address string) error {
	_, err := parseURL(address)
	return err
}

// parseURL reads the address of a Redis:
//
//	redis://[user:password@]host[:port][/db]      one server; rediss:// with TLS
//	redis://[user:password@]host:port,host:port   a cluster, by some of its nodes; rediss:// with TLS
//	redis+cluster://… or rediss+cluster://…       a cluster, also by one node
//	redis+sentinel://[user:password@]host:port,…/master[/db]
//
// The query may set go-redis' options by their names in snake case (read_timeout=3s, pool_size=20, skip_verify=true);
// an unknown one is an error. Errors never contain the password.
func parseURL(address string) (*redis.UniversalOptions, error) {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return nil, fmt.Errorf("redis.url: no scheme; write redis://host:port")
	}
	scheme, kind, _ := strings.Cut(scheme, "+")
	if scheme != "redis" && scheme != "rediss" {
		return nil, fmt.Errorf("redis.url: scheme %q is not redis or rediss", scheme)
	}
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	if strings.Contains(tail, "@") { // else a part of the password would be taken for a host, and shown
		return nil, fmt.Errorf(`redis.url: a "@" follows a "/" or "?": in a password they are written as %%2F and %%3F`)
	}
	user, hosts := "", authority
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, hosts = authority[:i+1], authority[i+1:]
	}
	master := ""
	switch kind {
	case "", "cluster":
	case "sentinel":
		path, query, _ := strings.Cut(strings.TrimPrefix(tail, "/"), "?")
		var db string
		master, db, _ = strings.Cut(path, "/")
		if master == "" {
			return nil, fmt.Errorf("redis.url: the master's name is missing; write redis+sentinel://host:port/master")
		}
		tail = "/" + db + "?" + query
	default:
		return nil, fmt.Errorf("redis.url: %q is not cluster or sentinel", kind)
	}
	return universal(scheme, user, strings.Split(hosts, ","), tail, master, kind == "cluster")
}

// universal lets go-redis read the URL with each host in turn.
func universal(
	scheme, user string, hosts []string, tail, master string, cluster bool,
) (*redis.UniversalOptions, error) {
	var first *redis.Options
	var addrs []string
	for _, host := range hosts {
		if host == "" {
			return nil, fmt.Errorf("redis.url: an empty host")
		}
		o, err := redis.ParseURL(scheme + "://" + user + host + tail)
		if err != nil {
			return nil, fmt.Errorf("redis.url: %w", withoutURL(err))
		}
		if first == nil {
			first = o
		}
		addrs = append(addrs, o.Addr)
	}
	if (cluster || len(addrs) > 1 && master == "") && first.DB != 0 {
		return nil, fmt.Errorf("redis.url: a cluster has no database %d", first.DB)
	}
	o := &redis.UniversalOptions{
		Addrs: addrs, MasterName: master, IsClusterMode: cluster,
		DB: first.DB, Username: first.Username, Password: first.Password, TLSConfig: first.TLSConfig,
		ClientName: first.ClientName, Protocol: first.Protocol,
		MaxRetries: first.MaxRetries, MinRetryBackoff: first.MinRetryBackoff, MaxRetryBackoff: first.MaxRetryBackoff,
		DialTimeout: first.DialTimeout, ReadTimeout: first.ReadTimeout, WriteTimeout: first.WriteTimeout,
		PoolFIFO: first.PoolFIFO, PoolSize: first.PoolSize, PoolTimeout: first.PoolTimeout,
		MinIdleConns: first.MinIdleConns, MaxIdleConns: first.MaxIdleConns, MaxActiveConns: first.MaxActiveConns,
		ConnMaxIdleTime: first.ConnMaxIdleTime, ConnMaxLifetime: first.ConnMaxLifetime,
		// A caller's deadline is a deadline here too.
		ContextTimeoutEnabled: true,
		// Neither is needed, and old servers count both as errors on every connection.
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	return o, nil
}

// clientLog passes on what go-redis has to say of its connections. It knows one log for all clients of a process, so
// that is the process's default.
type clientLog struct{}

// Printf is what go-redis calls.
func (clientLog) Printf(ctx context.Context, format string, args ...any) {
	says := slog.String("says", fmt.Sprintf(format, args...))
	slog.WarnContext(ctx, "redis client", says) //nolint:sloglint // go-redis has one log for all clients of a process
}

// withoutURL takes the URL, which may hold a password, out of the errors of net/url.
func withoutURL(err error) error {
	if ue, ok := err.(*url.Error); ok { //nolint:errorlint // net/url answers it bare
		return ue.Err
	}
	return err
}
