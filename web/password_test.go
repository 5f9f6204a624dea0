package web

import (
	"strings"
	"testing"
)

func TestPasswordsAreHashedWithSalt(t *testing.T) {
	first, second := must(HashPassword(password, cheap)), must(HashPassword(password, cheap))
	if first == second || !strings.HasPrefix(first, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Errorf("hashes %s and %s", first, second)
	}
	if ok, err := VerifyPassword(first, password); !ok || err != nil {
		t.Errorf("the right password: %v, %v", ok, err)
	}
	if ok, err := VerifyPassword(first, password+"x"); ok || err != nil {
		t.Errorf("a wrong password: %v, %v", ok, err)
	}
	for _, bad := range []string{"", strings.Repeat("x", MaxPassword+1)} {
		if _, err := HashPassword(bad, cheap); err == nil {
			t.Errorf("a password of %d bytes is taken", len(bad))
		}
	}
}

// A hash made by the reference implementation: argon2 -id -t 2 -m 16 -p 1, password "password", salt "somesalt".
const reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"

func TestHashOfAnotherProgramIsUnderstood(t *testing.T) {
	if ok, err := VerifyPassword(reference, "password"); !ok || err != nil {
		t.Errorf("verified %v, %v", ok, err)
	}
}

func TestHashesOutOfBoundsAreRefused(t *testing.T) {
	good := must(HashPassword(password, cheap))
	parts := strings.Split(good, "$")
	with := func(i int, s string) string {
		p := append([]string{}, parts...)
		p[i] = s
		return strings.Join(p, "$")
	}
	for _, bad := range []string{
		"", "plain", "$2b$10$abcdefghijklmnopqrstuv", with(1, "argon2i"), with(2, "v=16"), with(3, "m=64,t=1"),
		with(3, "m=64,t=1,p=0"),
		with(3, "m=64,t=0,p=1"), with(3, "m=4,t=1,p=1"), with(3, "m=4294967295,t=1,p=1"), with(3, "m=64,t=99,p=1"),
		with(3, "m=64,t=1,p=99"),
		with(3, "m=64,t=1,p=1x"), with(3, "m=-64,t=1,p=1"), with(4, "abc"), with(4, "!!!!"), with(5, "AAAA"),
		with(5, ""), good + "$x",
	} {
		if CheckHash(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if err := CheckHash(good); err != nil {
		t.Error(err)
	}
}
