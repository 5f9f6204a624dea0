// Package values says which values are taken from others, the same wherever they come in: ids, words, names, addresses,
// languages, links, attributes. A fault is told in words that follow the name of the value ("must not be empty"); no fault is
// the empty string. Where a value stood in a request is the door's own business.
package values
