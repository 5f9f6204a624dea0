-- Notes that an agent was heard of again, unless something else was noted meanwhile: then that is newer.
--
-- ARGV  1 agent  2 value of presence as it was read  3 the same with a later end
-- Returns 1, or 0 where something else was noted.
local agent, was, value = unpack(ARGV)
assert(#ARGV == 3 and string.find(value, '^[0123]|%d+|%d+|'), 'arguments')
if redis.call('HGET', presence, agent) ~= was then return 0 end
redis.call('HSET', presence, agent, value)
return 1
