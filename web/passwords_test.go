package web

import (
	"runtime"
	"testing"
)

// costly is a cost at which one computation stands out among those that are cheap.
var costly = Cost{Memory: 8 << 10, Time: 2, Threads: 1}

// testPasswords are those of two users whose hashes have different costs.
func testPasswords(tb testing.TB) (p *passwords, cheaply, costlily string) {
	tb.Helper()
	cheaply, costlily = cheapHash(), must(HashPassword(password, costly))
	p = must(newPasswords(map[string]*User{
		"anna": {PasswordHash: cheaply}, "ben": {PasswordHash: costlily}, "cleo": {PasswordHash: cheaply}, "dan": {},
	}))
	return p, cheaply, costlily
}

// TestRefusalsCostTheSameWhoeverIsNamed counts the computations, and not the time: each refusal makes all that any would make.
func TestRefusalsCostTheSameWhoeverIsNamed(t *testing.T) {
	p, cheaply, costlily := testPasswords(t)
	for name, hash := range map[string]string{"cheap": cheaply, "costly": costlily, "nobody's": ""} {
		bytes := allocated(func() {
			if ok, err := p.check(t.Context(), "", hash, "wrong"); ok || err != nil {
				t.Errorf("%s: %v, %v", name, ok, err)
			}
		})
		want := uint64(cheap.Memory+costly.Memory) << 10
		if bytes < want || bytes > want+want/8 {
			t.Errorf("refusing the %s hash computes over %d bytes, want %d", name, bytes, want)
		}
	}
	for name, hash := range map[string]string{"cheap": cheaply, "costly": costlily} {
		if ok, err := p.check(t.Context(), "", hash, password); !ok || err != nil {
			t.Errorf("the %s hash's own password: %v, %v", name, ok, err)
		}
	}
}

func TestServerWithStandardHashesIsWiredWithoutComputingOne(t *testing.T) {
	users := map[string]*User{"anna": {PasswordHash: reference}}
	bytes := allocated(func() { must(newPasswords(users)) })
	if bytes > 1<<20 {
		t.Errorf("%d bytes are allocated", bytes)
	}
}

// BenchmarkSignIn is one check of the standard cost after the other: what each leaves is given back before the next.
func BenchmarkSignIn(b *testing.B) {
	p := must(newPasswords(map[string]*User{"anna": {PasswordHash: reference}}))
	for _, c := range []struct{ name, hash, password string }{
		{"right", reference, "password"}, {"wrong", reference, "wrong"}, {"unknown", "", "wrong"},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if ok, err := p.check(b.Context(), "", c.hash, c.password); err != nil || ok != (c.name == "right") {
					b.Fatal(ok, err)
				}
			}
		})
	}
}

// allocated is how many bytes are allocated meanwhile.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
