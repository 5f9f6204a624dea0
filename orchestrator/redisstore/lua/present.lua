-- Notes that an agent is there. What is noted provisionally (its value begins with 2) does not take the place of what the
-- agent said.
--
-- ARGV  1 agent  2 value of presence  3 now
-- Returns 1.
local agent, value, now = ARGV[1], ARGV[2], ARGV[3]
assert(#ARGV == 3 and tonumber(now) and string.find(value, '^[012]|%d+|%d+|'), 'arguments')
if string.sub(value, 1, 1) == '2' then
  local said = redis.call('HGET', presence, agent)
  if said and string.sub(said, 1, 1) ~= '2' then return 1 end
end
redis.call('HSET', presence, agent, value)
redis.call('HSETNX', idle, agent, now)
return 1
