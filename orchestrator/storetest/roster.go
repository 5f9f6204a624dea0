package storetest

var rosterTests = []behaviour{}
