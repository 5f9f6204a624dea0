package simkit

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// maxBody is how many bytes of a request's body are read before a fault.
const maxBody = 1 << 20

// Wrap lets every call of the vendor's interface pass the faults. Switches for one call wait for one that concerns accepts:
// mostly, a call that carries a word. A nil concerns accepts all.
func (f *Faults) Wrap(next http.Handler, concerns func(*http.Request) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer f.Changed()
		f.record(r)
		concerned, polls := concerns == nil || concerns(r), f.Polls != nil && f.Polls(r)
		one, door := f.take(concerned, polls)
		for door != nil {
			if !f.wait(r, door) {
				return
			}
			one, door = f.take(concerned, polls)
		}
		if status := f.refused(r); status != 0 {
			one = fault{kind: FaultStatus, status: status}
		}
		if single, is := f.takeSingle(r); is {
			one = single
		}
		f.serve(w, r, next, one)
	})
}

func (f *Faults) serve(w http.ResponseWriter, r *http.Request, next http.Handler, one fault) {
	switch one.kind {
	case FaultStatus:
		errorPage(w, r, one.status)
	case FaultHang:
		f.Changed()
		await(r, nil)
	case FaultDelay:
		over := make(chan struct{})
		stop := f.clock().AfterFunc(one.delay, func() { close(over) })
		defer stop()
		if await(r, over) {
			next.ServeHTTP(w, r)
		}
	case FaultLoseAnswer:
		next.ServeHTTP(&answer{header: http.Header{}}, r)
		f.Changed()
		panic(http.ErrAbortHandler)
	case FaultDropMidBody:
		half(w, r, next)
		f.Changed()
		panic(http.ErrAbortHandler)
	default:
		next.ServeHTTP(w, r)
	}
}

// Body reads the body of a request and puts it back, for a concerns that has to look into it.
func Body(r *http.Request) []byte {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), r.Body))
	if err != nil {
		return nil
	}
	return body
}

// await waits for a channel, or until the caller is gone, and reports whether the caller is still there. The server notices
// that only when the body is read.
func await(r *http.Request, over <-chan struct{}) bool {
	Body(r)
	select {
	case <-over:
		return true
	case <-r.Context().Done():
		return false
	}
}

// errorPage is what stands in front of many vendors: a page in HTML that shows the request it did not understand.
func errorPage(w http.ResponseWriter, r *http.Request, status int) {
	var page strings.Builder
	title := strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
	fmt.Fprintf(&page, "<html><head><title>%s</title></head><body><h1>%s</h1><pre>\n", title, title)
	fmt.Fprintf(&page, "%s %s\n", r.Method, html.EscapeString(r.RequestURI))
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, value := range r.Header[name] {
			fmt.Fprintf(&page, "%s: %s\n", html.EscapeString(name), html.EscapeString(value))
		}
	}
	fmt.Fprintf(&page, "\n%s\n</pre></body></html>\n", html.EscapeString(string(Body(r))))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	// The caller may be gone; the fault is the same.
	_, _ = io.WriteString(w, page.String())
}

// half carries a call out and writes the first half of its answer.
func half(w http.ResponseWriter, r *http.Request, next http.Handler) {
	whole := &answer{header: http.Header{}}
	next.ServeHTTP(whole, r)
	maps.Copy(w.Header(), whole.header)
	w.Header().Set("Content-Length", strconv.Itoa(max(whole.body.Len(), 1)))
	w.WriteHeader(max(whole.status, http.StatusOK))
	_, _ = w.Write(whole.body.Bytes()[:whole.body.Len()/2])
	// What cannot be flushed is lost with the connection, which is the purpose.
	_ = http.NewResponseController(w).Flush()
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// Flush implements http.Flusher: there is nobody to flush to.
func (a *answer) Flush() {}
