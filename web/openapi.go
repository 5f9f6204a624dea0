package web

import (
	_ "embed"
	"net/http"
)

//go:embed openapi.json
var openAPI []byte

// OpenAPI is the OpenAPI 3.0.3 document that is served at /openapi.json.
func OpenAPI() []byte { return openAPI }

// getOpenAPI answers GET /openapi.json.
func (s *Server) getOpenAPI(c *call) error {
	return c.Blob(http.StatusOK, "application/json", openAPI)
}
