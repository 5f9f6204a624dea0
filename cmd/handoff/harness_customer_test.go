package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
)

// customerPoll is how many seconds one long poll of the customer's client takes: her sign of life is its beginning.
const customerPoll = 1

// storyCustomer is the customer at a page of the bot's site: she has the conversation's token, and her client reads her
// feed all the time.
type storyCustomer struct {
	life   *life
	client *client
	words  int // for ids

	stop    context.CancelFunc
	reading sync.WaitGroup
	mu      sync.Mutex
	change  chan struct{} // closed and made anew when something was read
	read    []feedEvent   // all that she was told, in the order in which it came
	after   uint64
	next    int // the first that was not awaited
}

func newStoryCustomer(l *life) *storyCustomer {
	l.t.Helper()
	nobody, err := newClient(l.at.base)
	l.must(err, "the customer comes")
	bot := nobody.with(storyToken)
	var begun shownConversation
	l.must(bot.call(l.ctx, http.MethodPost, "/v1/conversations", map[string]any{
		"bot": storyBot, "conversation_id": l.external, "user": map[string]any{"id": "u-1", "name": "Ann"},
	}, &begun), "the customer begins")
	l.id = begun.ID
	c := &storyCustomer{life: l, client: bot.with(begun.Token), change: make(chan struct{})}
	ctx, stop := context.WithCancel(l.ctx)
	c.stop = stop
	c.reading.Go(func() { c.fetches(ctx) })
	l.t.Cleanup(c.stopsFetching)
	return c
}

// fetches is her client, until it is told to stop.
func (c *storyCustomer) fetches(ctx context.Context) {
	for ctx.Err() == nil {
		page, err := c.client.events(ctx, c.life.id, c.after, customerPoll)
		if err != nil {
			if ctx.Err() == nil {
				c.life.t.Errorf("the customer's client cannot read her feed: %v", err)
			}
			return
		}
		c.keep(page)
	}
}

func (c *storyCustomer) keep(page feed) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.after = page.Next
	if len(page.Events) > 0 {
		c.read = append(c.read, page.Events...)
		close(c.change)
		c.change = make(chan struct{})
	}
}

// stopsFetching is a closed laptop.
func (c *storyCustomer) stopsFetching() {
	c.stop()
	c.reading.Wait()
}

// readsToTheEnd opens the page once more when all is over, and answers everything that she was ever told.
func (c *storyCustomer) readsToTheEnd() []feedEvent {
	c.life.t.Helper()
	c.stopsFetching()
	for {
		page, err := c.client.events(c.life.ctx, c.life.id, c.after, 0)
		c.life.must(err, "the customer reads to the end")
		if len(page.Events) == 0 {
			return c.read
		}
		c.keep(page)
	}
}

func (c *storyCustomer) says(text string) {
	c.life.t.Helper()
	c.words++
	c.sends(text)
}

// saysAgain sends her last word once more under the same id, as a client does that did not get the answer.
func (c *storyCustomer) saysAgain(text string) {
	c.life.t.Helper()
	c.sends(text)
}

func (c *storyCustomer) sends(text string) {
	c.life.t.Helper()
	id := fmt.Sprintf("word-%d", c.words)
	c.life.must(c.posts("/messages", map[string]any{"text": text, "id": id}), "the customer says %q", text)
}

func (c *storyCustomer) leaves() {
	c.life.t.Helper()
	c.life.must(c.posts("/end", map[string]any{}), "the customer leaves")
}

func (c *storyCustomer) posts(action string, body map[string]any) error {
	return c.client.call(c.life.ctx, http.MethodPost, c.life.path(action), body, nil)
}

// reads waits until a word has come to her feed by itself.
func (c *storyCustomer) reads(text string) {
	c.life.t.Helper()
	for {
		c.mu.Lock()
		for c.next < len(c.read) {
			e := c.read[c.next]
			c.next++
			if aboutOf(e).Message.Text == text {
				c.mu.Unlock()
				return
			}
		}
		change := c.change
		c.mu.Unlock()
		select {
		case <-change:
		case <-c.life.ctx.Done():
			c.life.must(fmt.Errorf("after %d events: %w", c.next, c.life.ctx.Err()), "the customer waits to read %q", text)
		}
	}
}
