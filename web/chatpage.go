package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"handoff/orchestrator"
	"handoff/web/pages"
)

// chatView is what the customer's page says.
type chatView struct {
	Bot string
	// LookEvery is how often the page shows, beside its feed, that the customer is there, in milliseconds; 0: the feed is
	// enough.
	LookEvery        int64
	MaxText, MaxName int
	// MayAsk: the customer may ask for a person. Assistant tells her at first contact who answers.
	MayAsk    bool
	Assistant string
	Icons     []string
	pages.ChatLanguage
	Chosen   string // the language that the address asks for; empty: the browser's
	WordList string // all words, as JSON, for the page's script
	plainChat
}

// chatIcons are what the page's script draws with.
var chatIcons = []string{"bot", "queued", "offered", "agent", "conference", "transferring", "wrap_up", "completed",
	"abandoned", "expired"}

// scriptEnding tells the script that other sites load from the page of the same bot.
const scriptEnding = ".js"

// chatPage answers GET /chat/{bot}, the customer's page of a bot on the web, and GET /chat/{bot}.js, the script that opens
// it in a frame on the pages of the bot's allowed origins.
func (s *Server) chatPage(c *call) error {
	if name, is := strings.CutSuffix(c.Param("bot"), scriptEnding); is {
		return s.chatScript(c, orchestrator.ConnectorName(name))
	}
	bot, widget, err := s.chatBot(c)
	if err != nil {
		return err
	}
	plain, err := s.plainTalk(c, nil, "")
	if err != nil {
		return err
	}
	return s.showChat(c, http.StatusOK, bot, widget, plain, nil)
}

// chatBot finds the bot of the path. One that is not on the web is as if it were not there.
func (s *Server) chatBot(c *call) (orchestrator.ConnectorName, Widget, error) {
	bot := orchestrator.ConnectorName(c.Param("bot"))
	widget, ok := s.options.Widgets[bot]
	if !ok {
		return "", widget, errNoChat()
	}
	return bot, widget, nil
}

func errNoChat() error { return refusal(codeNotFound, "there is no chat of this name") }

func (s *Server) showChat(c *call, status int, bot orchestrator.ConnectorName, w Widget, plain plainChat, failed error) error {
	spoken := languageOf(c)
	words, err := json.Marshal(spoken.Words)
	if err != nil {
		return err
	}
	policy := s.policyOf(w)
	f := &pages.Frame{Title: spoken.Words["title"], Now: s.now(), Banner: s.bannerOf(c, failed), Body: chatView{
		Bot: string(bot), LookEvery: lookEvery(&policy).Milliseconds(), MayAsk: policy.CustomerMayAsk,
		Assistant: policy.Assistant(spoken.Asked), MaxText: MaxText, MaxName: MaxName, Icons: chatIcons,
		ChatLanguage: spoken, Chosen: chosenLanguage(c), WordList: string(words), plainChat: plain,
	}}
	h := c.Response().Header()
	h.Add("Vary", "Accept-Language")
	h.Del("X-Frame-Options") // it knows no list; frame-ancestors says it all
	h.Set("Content-Security-Policy", framedBy(w.Origins))
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	return s.showPart(c, status, "chat", "document", f)
}

// chosenLanguage is the one that the site asks for that shows the chat, in the address; empty if it asks for none.
func chosenLanguage(c *call) string {
	if tag := c.QueryParam("lang"); pages.IsLanguageTag(tag) {
		return tag
	}
	return ""
}

// languageOf is the language of the customer's page: the site's choice, else the browser's.
func languageOf(c *call) pages.ChatLanguage {
	return pages.ChatLanguageFor(cmp.Or(chosenLanguage(c), c.Request().Header.Get("Accept-Language")))
}

// framedBy is the policy of pages, but for who may show this one in a frame.
func framedBy(origins []string) string {
	const nobody = "frame-ancestors 'none'"
	policy := pageHeaders["Content-Security-Policy"][0]
	if len(origins) == 0 {
		return policy
	}
	return strings.Replace(policy, nobody, "frame-ancestors "+strings.Join(origins, " "), 1)
}

// policyOf is the policy of the flow that decides for the bot's customers.
func (s *Server) policyOf(w Widget) orchestrator.PolicyView {
	return s.present().Flows[w.Flow].Policy()
}

// lookEvery: a feed shows every Heartbeat that its reader is there. Where a customer counts as gone sooner than after three of
// them, the page looks more often by itself.
func lookEvery(policy *orchestrator.PolicyView) time.Duration {
	dead := policy.CustomerDeadAfter
	if dead == 0 || dead >= 3*Heartbeat {
		return 0
	}
	return max(dead/4, time.Second)
}

// chatScript answers the script for a bot. It is the same for everybody, takes nothing from the request, because others may
// keep it, and holds nothing secret: where it draws nothing, frame-ancestors would refuse the frame.
func (s *Server) chatScript(c *call, bot orchestrator.ConnectorName) error {
	widget, ok := s.options.Widgets[bot]
	if !ok {
		return errNoChat()
	}
	asset, ok := pages.Find("chatwidget.js")
	if !ok {
		return errNoChat()
	}
	config, err := json.Marshal(struct {
		Bot     orchestrator.ConnectorName `json:"bot"`
		Origins []string                   `json:"origins"`
	}{bot, orEmpty(widget.Origins)})
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	script := slices.Concat(bytes.TrimSpace(asset.Content), []byte("("), config, []byte(");\n"))
	return c.Blob(http.StatusOK, asset.Type, script)
}
