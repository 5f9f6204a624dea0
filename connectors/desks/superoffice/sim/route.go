package sim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"handoff/connectors/simkit"
)

// call is one request of the interface, taken apart.
type call struct {
	w    http.ResponseWriter
	r    *http.Request
	path []string // in lower case, behind /api/v1
	raw  []string // the same as written
	body []byte
	by   *user
	zone zone
}

// maxBody is how many bytes a request may have.
const maxBody = 4 << 20

// carriesWord reports whether a call posts a message.
func carriesWord(r *http.Request) bool {
	path := strings.ToLower(r.URL.Path)
	return r.Method == http.MethodPost && (strings.HasSuffix(path, "/messages") || strings.HasSuffix(path, "/addchatmessage"))
}

// asksForWords reports whether a call reads messages: the vendor's nearest thing to a poll.
func asksForWords(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasSuffix(strings.ToLower(r.URL.Path), "/messages")
}

// about answers which session a call concerns.
func about(r *http.Request) string {
	parts := strings.Split(strings.ToLower(strings.Trim(r.URL.Path, "/")), "/")
	at := slices.Index(parts, "chatsession")
	switch {
	case at < 0:
		return ""
	case at+1 == len(parts) && r.Method == http.MethodPost:
		return simkit.Opening
	case at+1 < len(parts):
		return parts[at+1]
	}
	return ""
}

// route finds the part of the vendor that a path belongs to.
func (v *Vendor) route(w http.ResponseWriter, r *http.Request) {
	path := strings.ToLower(strings.TrimRight(r.URL.Path, "/"))
	switch {
	case path == "/login/api/partnersystemuser/authenticate" && r.Method == http.MethodPost:
		v.authenticate(w, r)
	case path == "/login/.well-known/jwks":
		v.keys(w)
	case path == "/api/state/"+strings.ToLower(Tenant):
		v.state(w, r)
	case strings.HasPrefix(path, "/"+strings.ToLower(Tenant)+"/api"):
		v.tenant(w, r)
	default:
		answerError(w, http.StatusNotFound, "SoNotFoundException", "no such resource")
	}
}

// tenant answers what lies below the tenant's /api.
func (v *Vendor) tenant(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	host := v.host
	v.mu.Unlock()
	if host != "" && r.Host != host {
		w.WriteHeader(http.StatusMisdirectedRequest)
		_, _ = io.WriteString(w, "Wrong subdomain used to access tenant")
		return
	}
	rest := strings.Trim(r.URL.Path, "/")[len(Tenant+"/api"):]
	raw := strings.Split(strings.Trim(rest, "/"), "/")
	if raw[0] == "" { // the probe needs nobody
		answerJSON(w, http.StatusOK, map[string]string{"v1": "api/v1", "NetServerVersion": "11.10", "Version": "11.10"})
		return
	}
	by := v.caller(r)
	if by == nil {
		answerError(w, http.StatusUnauthorized, "SoSessionException", "not authenticated")
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil || !strings.EqualFold(raw[0], "v1") || len(raw) < 2 {
		answerError(w, http.StatusNotFound, "SoNotFoundException", "no such resource")
		return
	}
	c := &call{w: w, r: r, raw: raw[1:], body: body, by: by, zone: zoneOf(r)}
	for _, part := range c.raw {
		c.path = append(c.path, strings.ToLower(part))
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.dispatch(c)
}

// dispatch answers a call; the lock is held.
func (v *Vendor) dispatch(c *call) {
	switch {
	case c.is(http.MethodGet, "user", "currentprincipal"):
		c.ok(map[string]any{"AssociateId": c.by.id, "Associate": c.by.login, "FullName": c.by.name})
	case c.path[0] == "chatsession":
		v.chatSessions(c)
	case c.path[0] == "chattopic":
		v.chatTopics(c)
	case c.is(http.MethodGet, "presence", "getall"):
		c.ok(v.presence())
	case c.is(http.MethodPost, "presence", "saveall"):
		v.savePresence(c, c.body)
	case c.path[0] == "webhook":
		v.webhooks(c)
	case len(c.path) == 3 && c.path[0] == "agents" && c.path[1] == "chat":
		v.agent(c)
	default:
		c.notFound("resource")
	}
}

// is compares method and path; "*" stands for any part.
func (c *call) is(method string, path ...string) bool {
	if c.r.Method != method || len(c.path) != len(path) {
		return false
	}
	for i, part := range path {
		if part != "*" && part != c.path[i] {
			return false
		}
	}
	return true
}

// id is a part of the path as a number.
func (c *call) id(i int) int {
	n, err := strconv.Atoi(c.path[i])
	if err != nil {
		return -1
	}
	return n
}

// query reads a parameter, whose name is read in any case.
func (c *call) query(name string) string {
	for key, values := range c.r.URL.Query() {
		if strings.EqualFold(key, name) && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// whole reads a parameter that must be a whole number, and answers 400 where it is not; otherwise is what it is where it is not
// given.
func (c *call) whole(name string, otherwise int) (int, bool) {
	text := c.query(name)
	if text == "" {
		return otherwise, true
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		answerJSON(c.w, http.StatusBadRequest, map[string]string{
			"Message": "The request is invalid.", "MessageDetail": "The parameter " + name + " is no number.",
		})
	}
	return n, err == nil
}

func (c *call) selected() []string {
	if list := c.query("$select"); list != "" {
		return strings.Split(list, ",")
	}
	return nil
}

func (c *call) ok(body any) { answerJSON(c.w, http.StatusOK, body) }

func (c *call) nothing() { c.w.WriteHeader(http.StatusNoContent) }

func (c *call) notFound(what string) {
	answerError(c.w, http.StatusNotFound, "SoNotFoundException", what+" not found")
}

// failed answers what a failure means.
func (c *call) failed(err error) {
	switch {
	case errors.Is(err, errTest):
		answerError(c.w, http.StatusConflict, "SoConflictException", "test operation failed")
	case errors.Is(err, simkit.ErrUnknownChat):
		c.notFound("ChatSession")
	default:
		answerError(c.w, http.StatusBadRequest, "ArgumentException", err.Error())
	}
}

func answerJSON(w http.ResponseWriter, status int, body any) {
	written, err := json.Marshal(body)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(written)
}

// answerError is the error object of the REST interface.
func answerError(w http.ResponseWriter, status int, kind, text string) {
	answerJSON(w, status, map[string]any{
		"Error": true, "ErrorType": kind, "ErrorMessage": text, "ErrorSource": "SuperOffice.Services.Implementation",
	})
}
