-- Answers a waiting conversation's place in its queue.
--
-- ARGV  1 conversation
-- Returns the queue and the place, 1 for the next; nil when it does not wait.
local conversation = ARGV[1]
assert(#ARGV == 1, 'arguments')
local place = redis.call('HGET', places, conversation)
if not place then return false end
local queue = queueOf(place)
return { queue, redis.call('ZLEXCOUNT', line, '[' .. queue .. US, '[' .. memberOf(place)) }
