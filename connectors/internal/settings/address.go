package settings

import (
	"errors"
	"fmt"
	"net/url"
)

// PrivateAddress is the key with which a desk's operator allows private addresses, and http there.
const PrivateAddress = "allow_private_address"

// Address reads an https URL, or an http one where private addresses are allowed by the given key. Its errors do not show the
// URL, which may hold a password.
func Address(text string, private bool, by string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("is not a URL")
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return nil, errors.New("must be an https URL")
	case u.Scheme == "http" && !private:
		return nil, fmt.Errorf("must be https (http is for private addresses, with %s)", by)
	}
	return u, nil
}

// Root reads the address of a vendor's server, below which its paths lie: an Address with neither user, query nor fragment.
func Root(text string, private bool) (*url.URL, error) {
	u, err := Address(text, private, PrivateAddress)
	if err == nil && (u.User != nil || u.RawQuery != "" || u.Fragment != "") {
		return nil, errors.New("must have neither user, query nor fragment")
	}
	return u, err
}

// Root checks the address of a vendor's server.
func (f *Faults) Root(key, text string, private bool) {
	_, err := Root(text, private)
	f.Check(key, err)
}
