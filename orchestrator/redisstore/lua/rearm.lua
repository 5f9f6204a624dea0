-- Moves the indexed deadline of a live conversation, if it still stands at a version.
--
-- KEYS  1 conversation  2 due
-- ARGV  1 id  2 version  3 deadline (empty: none)
-- Returns 1, or 0 when the conversation has changed or ended.
local conversation, due = KEYS[1], KEYS[2]
local id, version, deadline = ARGV[1], ARGV[2], ARGV[3]
local mark = 8
assert(#ARGV == 3 and (deadline == '' or tonumber(deadline)), 'arguments')
local stands = redis.call('HGET', conversation, 'v')
if not stands or string.sub(stands, mark + 1) ~= version then return 0 end
if not redis.call('ZSCORE', due, id) then return 0 end
redis.call('ZADD', due, deadline == '' and '+inf' or deadline, id)
redis.call('HSET', conversation, 'd', deadline)
return 1
