package icws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"handoff/connectors/internal/session"
	"handoff/connectors/internal/wording"
)

// listener is one session of our user while it is served here: what was heard in it, and what follows. It is used by one
// goroutine. Nothing in it is needed after a loss: the next session's subscriptions begin with how things stand.
type listener struct {
	*agentSeat
	login *login
	ready func() // nil once it was called

	chats          map[string]*agentChat // by their present id
	pending        map[string]bool       // subscriptions that have not told yet how things stand
	wrapUpStatuses map[string]bool       // statuses that are after-call work, in small letters
	inWrapUp       map[string]bool       // users who are known, and whether they are in after-call work
	watching       []string              // users whose status is watched

	statusRequest string
}

// Login begins the session of our user at the first server that takes it. A second login of the same user may end the first
// session, which is why one process alone does this.
func (s *agentSeat) Login(ctx context.Context) ([]byte, error) {
	in, err := s.tryHosts(ctx, func(host string) (*login, error) {
		return s.client.connect(ctx, host, s.config.Username, s.config.Password, s.config.Language)
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(in)
}

// Serve subscribes, makes our user ready, compares our records with how things stand, and hears what happens.
func (s *agentSeat) Serve(ctx context.Context, raw []byte, ready func()) error {
	in, err := readLogin(raw)
	if err != nil {
		return err
	}
	l := &listener{
		agentSeat: s, login: in, ready: ready, chats: map[string]*agentChat{},
		wrapUpStatuses: map[string]bool{}, inWrapUp: map[string]bool{},
	}
	if err := l.loadKnown(ctx); err != nil {
		return err
	}
	if err := l.subscribe(ctx); err != nil {
		return err
	}
	if err := l.becomeReady(ctx); err != nil {
		return l.whyLost(ctx, err)
	}
	return l.whyLost(ctx, l.listen(ctx))
}

// Logout takes our user out of the floor and ends the session.
func (s *agentSeat) Logout(ctx context.Context, raw []byte) error {
	in, err := readLogin(raw)
	if err != nil {
		return err
	}
	err = s.client.do(ctx, &request{op: "logout", method: http.MethodDelete, path: in.path("/connection"), session: in, repeats: true})
	if isUnauthorized(err) {
		return nil
	}
	return err
}

// subscribe asks for everything that is to be heard of the user. Each subscription begins with how things stand, so
// repeating it brings back what a lost answer said.
func (l *listener) subscribe(ctx context.Context) error {
	l.pending = map[string]bool{subscriptionOwn: true}
	own := map[string]any{"queueIds": []queueID{{queueOwn, l.login.User}}, "attributeNames": watched}
	if err := l.put(ctx, "/messaging/subscriptions/queues/"+subscriptionOwn, own); err != nil {
		return err
	}
	if queues := l.workgroups(); len(queues) > 0 {
		l.pending[subscriptionPeople] = true
		people := map[string]any{"queueIds": queues, "attributeNames": watched}
		if err := l.put(ctx, "/messaging/subscriptions/queues/"+subscriptionPeople, people); err != nil {
			return err
		}
	}
	alerts := map[string]any{"attributeNames": watched}
	if err := l.put(ctx, "/messaging/subscriptions/interaction-alerting", alerts); err != nil {
		return err
	}
	return l.watchUsers(ctx)
}

// workgroups are those to which chats are handed over.
func (l *listener) workgroups() []queueID {
	var queues []queueID
	for _, name := range l.config.Queues {
		if q := (queueID{queueWorkgroup, name}); !slices.Contains(queues, q) {
			queues = append(queues, q)
		}
	}
	slices.SortFunc(queues, func(a, b queueID) int { return strings.Compare(a.Name, b.Name) })
	return queues
}

// becomeReady does what lets chats ring at our user, and becomes available last, so that no alert is missed. A licence that
// is refused is a 200 all the same: without a look at each, nothing would ever ring and nobody would know why.
func (l *listener) becomeReady(ctx context.Context) error {
	if err := l.learnStatuses(ctx); err != nil {
		return err
	}
	if err := l.license(ctx); err != nil {
		return err
	}
	station := map[string]any{
		"__type":              "urn:inin.com:connection:stationlessSettings",
		"supportedMediaTypes": []int{mediaChat}, "readyForInteractions": true,
	}
	if err := l.put(ctx, "/connection/station", station); err != nil {
		return fmt.Errorf("the station for chats: %w", err)
	}
	if len(l.config.Workgroups) > 0 {
		active := map[string]bool{}
		for _, name := range l.config.Workgroups {
			active[name] = true
		}
		if err := l.put(ctx, l.userPath("/activations/users/"), map[string]any{"activations": active}); err != nil {
			return fmt.Errorf("the activation in workgroups: %w", err)
		}
	}
	return l.setStatus(ctx, l.config.Status)
}

func (l *listener) userPath(prefix string) string { return prefix + escape(l.login.User) }

func (l *listener) license(ctx context.Context) error {
	if len(l.config.Licenses) == 0 {
		return nil
	}
	var said struct {
		Results []struct {
			Name      string   `json:"licenseName"`
			Available bool     `json:"isAvailable"`
			Status    looseInt `json:"licenseStatus"`
		} `json:"licenseOperationResultList"`
	}
	err := l.do(ctx, http.MethodPost, "/licenses", map[string]any{"licenseList": l.config.Licenses}, &said)
	if err != nil {
		return fmt.Errorf("licences: %w", err)
	}
	for _, one := range said.Results {
		if !one.Available {
			return fmt.Errorf("licence %q is not available (status %d)", wording.Cut(one.Name, maxTold), one.Status)
		}
	}
	return nil
}

// setStatus changes our user's status. That it worked is known only from the message that tells of the operation.
func (l *listener) setStatus(ctx context.Context, status string) error {
	var said struct {
		Request json.RawMessage `json:"requestId"`
	}
	err := l.do(ctx, http.MethodPut, l.userPath("/status/user-statuses/"), map[string]string{"statusId": status}, &said)
	if err != nil {
		return fmt.Errorf("the status %q: %w", status, err)
	}
	l.statusRequest = string(said.Request)
	return nil
}

// completed hears how an operation went that was answered with 202.
func (l *listener) completed(m *message) error {
	if m.Error == nil || l.statusRequest == "" || string(m.Request) != l.statusRequest {
		return nil
	}
	code := "unknown"
	if errorID.MatchString(m.Error.ErrorID) {
		code = m.Error.ErrorID
	}
	return l.Retry("status", code, errors.New("the user did not become available"))
}

// down is the end of the session as the server tells it. One that says not to come back, because somebody else has logged in
// as our user, is treated like refused credentials: we wait for long.
func down(m *message) error {
	if !m.NewConnection.down() {
		return nil
	}
	err := errors.New("the server has ended the session")
	if m.Reconnect != nil && !*m.Reconnect {
		return fmt.Errorf("%w: another login of this user, or an administrator (%w)", err, session.ErrRefused)
	}
	return err
}

// whyLost asks what has become of a session that calls find ended, before the message that says so was heard: the connection can
// be asked for afterwards as well.
func (l *listener) whyLost(ctx context.Context, lost error) error {
	if !isUnauthorized(lost) {
		return lost
	}
	var said struct {
		State     connectionState `json:"connectionState"`
		Reconnect *bool           `json:"shouldReconnect"`
	}
	if err := l.do(ctx, http.MethodGet, "/connection", nil, &said); err != nil {
		return lost
	}
	if err := down(&message{NewConnection: said.State, Reconnect: said.Reconnect}); err != nil {
		return err
	}
	return lost
}

func (l *listener) do(ctx context.Context, method, path string, body, into any) error {
	return l.client.do(ctx, &request{op: "session", method: method, path: l.login.path("") + path, session: l.login, body: body, into: into, repeats: true})
}

func (l *listener) put(ctx context.Context, path string, body any) error {
	return l.do(ctx, http.MethodPut, path, body, nil)
}

func escape(name string) string { return url.PathEscape(name) }
