package storetest

var modelTests = []behaviour{}
