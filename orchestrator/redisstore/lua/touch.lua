-- Notes that the customer's client fetched. Only live conversations, which are those in due, are noted, so that an end
-- leaves nothing behind; an older moment never replaces a newer one.
--
-- KEYS  1 due  2 seen
-- ARGV  1 id  2 moment
-- Returns 1, or 0 when the conversation is not live.
local due, seen = KEYS[1], KEYS[2]
local id, at = ARGV[1], ARGV[2]
assert(#ARGV == 2 and tonumber(at), 'arguments')
if not redis.call('ZSCORE', due, id) then return 0 end
local before = redis.call('ZSCORE', seen, id)
if not before or tonumber(before) < tonumber(at) then redis.call('ZADD', seen, at, id) end
return 1
