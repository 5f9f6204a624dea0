-- Notes that an agent is there.
--
-- ARGV  1 agent  2 value of presence  3 now
-- Returns 1.
local agent, value, now = ARGV[1], ARGV[2], ARGV[3]
assert(#ARGV == 3 and tonumber(now) and string.find(value, '^[01]|%d+|%d+|'), 'arguments')
redis.call('HSET', presence, agent, value)
redis.call('HSETNX', idle, agent, now)
return 1
