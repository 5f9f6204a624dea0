package orchestrator

import (
	"container/list"
	"sync"
)

// recordCacheSize is how many conversations one process remembers as it wrote or read them last.
const recordCacheSize = 20000

// lru is a bounded map: the least recently used goes first. Safe for concurrent use.
type lru[K comparable, V any] struct {
	mu    sync.Mutex
	size  int
	order *list.List // of *lruItem[K, V], newest in front
	items map[K]*list.Element
}

type lruItem[K comparable, V any] struct {
	key   K
	value V
}

func newLRU[K comparable, V any](size int) *lru[K, V] {
	return &lru[K, V]{size: size, order: list.New(), items: map[K]*list.Element{}}
}

func (l *lru[K, V]) get(key K) (value V, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	el, ok := l.items[key]
	if !ok {
		return value, false
	}
	l.order.MoveToFront(el)
	return item[K, V](el).value, true
}

func (l *lru[K, V]) put(key K, value V) {
	l.update(key, func(V, bool) V { return value })
}

// update sets what choose answers, given what is there.
func (l *lru[K, V]) update(key K, choose func(old V, ok bool) V) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if el, ok := l.items[key]; ok {
		it := item[K, V](el)
		it.value = choose(it.value, true)
		l.order.MoveToFront(el)
		return
	}
	var none V
	l.items[key] = l.order.PushFront(&lruItem[K, V]{key, choose(none, false)})
	if l.order.Len() > l.size {
		oldest := l.order.Back()
		l.order.Remove(oldest)
		delete(l.items, item[K, V](oldest).key)
	}
}

func (l *lru[K, V]) drop(key K) { l.dropIf(key, func(V) bool { return true }) }

// dropIf drops what is there if it is what is meant.
func (l *lru[K, V]) dropIf(key K, meant func(V) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if el, ok := l.items[key]; ok && meant(item[K, V](el).value) {
		l.order.Remove(el)
		delete(l.items, key)
	}
}

func item[K comparable, V any](el *list.Element) *lruItem[K, V] {
	return el.Value.(*lruItem[K, V]) //nolint:forcetypeassert // nothing else is ever put in
}

// recordCache remembers the records that this process saw last. A record in it is never changed: decisions are made on
// clones.
type recordCache struct {
	*lru[ConversationID, *Conversation]
}

func newRecordCache(size int) recordCache {
	return recordCache{newLRU[ConversationID, *Conversation](size)}
}

// remember keeps the newer of what is there and c.
func (r recordCache) remember(c *Conversation) {
	r.update(c.ID, func(old *Conversation, ok bool) *Conversation {
		if ok && old.Version > c.Version {
			return old
		}
		return c
	})
}

// outdate drops a record that is older than the version at which its conversation stands: another process moved it, and to decide
// on the old one costs a conflict.
func (r recordCache) outdate(id ConversationID, version uint64) {
	r.dropIf(id, func(c *Conversation) bool { return c.Version < version })
}
