package web

import (
	"bytes"
	_ "embed"
	"net/http"
)

//go:embed openapi.json
var openAPI []byte

// OpenAPI is the OpenAPI 3.0.3 document that is served at /openapi.json.
func OpenAPI() []byte { return openAPI }

// describe is the document with this installation as its server.
func (b base) describe(document []byte) []byte {
	if b.origin == "" {
		return document
	}
	return bytes.Replace(document, []byte(`"url": "/"`), []byte(`"url": "`+b.origin+b.at("/")+`"`), 1)
}

// getOpenAPI answers GET /openapi.json.
func (s *Server) getOpenAPI(c *call) error {
	return c.Blob(http.StatusOK, "application/json", s.document)
}
