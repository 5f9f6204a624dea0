package sim

import (
	"encoding/json"
	"net/http"
	"strings"
)

// The site: Basic authentication of the staff account, tokens for the chat server.

const sitePath = "/services/rest/crossChannelServices/latest/"

// longestContext is how long OSvC-CREST-Application-Context may be.
const longestContext = 40

// resumeTypes are those of establishSessions.
var resumeTypes = []string{"", "NONE", "RESUME", "DO_NOT_RESUME"}

// information is what establishSessions is told of a customer.
type information struct {
	FirstName     string            `json:"firstName"`
	LastName      string            `json:"lastName"`
	EmailAddress  string            `json:"emailAddress"`
	QueueID       int64             `json:"queueId"`
	Question      string            `json:"question"`
	AuxillaryData map[string]string `json:"auxillaryData"`
	ResumeType    string            `json:"resumeType"`
}

func (s *Sim) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+sitePath+"serviceSettings/1", s.site(s.serviceSettings))
	mux.HandleFunc("POST "+sitePath+"agentTokens", s.site(s.agentTokens))
	mux.HandleFunc("POST "+sitePath+"establishSessions", s.site(s.establishSessions))
	s.agentRoutes(mux)
	s.consumerRoutes(mux)
}

// site checks what every call of the site needs. Its errors are those of Connect REST.
func (s *Sim) site(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		said := r.Header.Get("OSvC-CREST-Application-Context")
		switch {
		case user != s.options.Username || password != s.options.Password:
			reply(w, http.StatusUnauthorized, fields{"status": "401", "title": "Unauthorized", "detail": "Invalid credentials."})
		case said == "" || len(said) > longestContext:
			reply(w, http.StatusBadRequest, fields{"status": "400", "title": "Bad Request", "detail": "Application context."})
		default:
			serve(w, r)
		}
	}
}

func (s *Sim) serviceSettings(w http.ResponseWriter, r *http.Request) {
	domain, port := split(r.Host)
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := fields{"domain": domain, "pool": s.pool, "siteName": s.options.Site, "links": []fields{
		{"rel": "describedby", "mediaType": "application/schema+json"},
	}}
	if port != "" {
		answer["port"] = json.Number(port) // a number here, a string in sessionServerResponse
	}
	reply(w, http.StatusOK, answer)
}

func (s *Sim) agentTokens(w http.ResponseWriter, r *http.Request) {
	var body map[string]any
	if !decode(r, &body) || len(body) > 0 {
		reply(w, http.StatusBadRequest, fields{"status": "400", "title": "Bad Request", "detail": "No attributes are supported."})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	jwt := secret("eyJ")
	s.tokens[jwt] = token{agent: true}
	reply(w, http.StatusCreated, fields{"sessionToken": jwt})
}

func (s *Sim) establishSessions(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Information information `json:"sessionInformation"`
	}
	if !decode(r, &body) || !has(resumeTypes, body.Information.ResumeType) {
		reply(w, http.StatusBadRequest, fields{"status": "400", "title": "Bad Request", "detail": "The body is not valid."})
		return
	}
	domain, port := split(r.Host)
	s.mu.Lock()
	defer s.mu.Unlock()
	jwt := secret("eyJ")
	s.tokens[jwt] = token{who: body.Information}
	server, err := json.Marshal(fields{"domain": domain, "pool": s.pool, "port": port})
	if err != nil {
		replyRefusal(w, err)
		return
	}
	reply(w, http.StatusCreated, fields{
		"siteName": s.options.Site, "channelToken": jwt, "sessionServerResponse": string(server),
	})
}

// bearer finds the token of a call.
func (s *Sim) bearer(r *http.Request, agent bool) (token, error) {
	jwt, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	t, known := s.tokens[jwt]
	if !known || t.agent != agent {
		return token{}, refuse(http.StatusForbidden, "ACCESS_DENIED", "JWT validation failed")
	}
	return t, nil
}

// place checks the path's site name and the pool. The pool is in no parameter table of the Agent API and in all its examples.
func (s *Sim) place(r *http.Request) error {
	if r.PathValue("site") != s.options.Site {
		return refuse(http.StatusNotFound, "UNKNOWN_EXCEPTION", "unknown site")
	}
	if r.URL.Query().Get("pool") != s.pool {
		return refuse(http.StatusNotFound, "UNKNOWN_EXCEPTION", "unknown pool")
	}
	return nil
}
