-- Signs an agent off.
--
-- ARGV  1 agent  2 channel  3 change
-- Returns 1, or 0 when they were not there.
local agent, channel, change = unpack(ARGV)
assert(#ARGV == 3, 'arguments')
local there = redis.call('HDEL', presence, agent)
redis.call('HDEL', idle, agent)
redis.call('HDEL', chosen, agent)
if there == 1 then redis.call('PUBLISH', channel, change) end
return there
