-- Notes how an agent chose to be there. Who repeats what stands is only heard of again. What is noted provisionally (its
-- value begins with 2) does not take the place of what the agent said while that stands.
--
-- ARGV  1 agent  2 value of presence  3 now  4 reason  5 channel  6 change
-- Returns 1.
local agent, value, now, reason, channel, change = unpack(ARGV)
assert(#ARGV == 6 and tonumber(now) and string.find(value, '^[0123]|%d+|%d+|'), 'arguments')
local before = redis.call('HGET', presence, agent)
local was, there = string.match(before or '', '^(%d)|%d+|(%d+)|')
local is = string.sub(value, 1, 1)
local stands = was and (was == '3' or tonumber(there) > tonumber(now))
if is == '2' and stands and was ~= '2' then return 1 end
redis.call('HSET', presence, agent, value)
redis.call('HSETNX', idle, agent, now)
local known = redis.call('HGET', chosen, agent)
if not (stands and was == is and known) or reason ~= '' and string.match(known, '^%d+|(.*)$') ~= reason then
  redis.call('HSET', chosen, agent, now .. '|' .. reason)
  redis.call('PUBLISH', channel, change)
end
return 1
