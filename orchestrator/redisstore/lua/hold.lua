-- Gives a conversation the last place among its equals in a line, and holds it: it counts, but does not ring.
--
-- ARGV  1 conversation  2 what the place's member begins with: queue, priority, "behind"  3 first wait
--       4 what follows the member in a place  5 token  6 until
-- Returns the place in the queue and the first wait that goes with it.
local conversation, begin, since, rest, token, untilWhen = unpack(ARGV)
assert(#ARGV == 6 and tonumber(since) and tonumber(untilWhen), 'arguments')
assert(string.find(begin, '^[^\30\31]+\31%d%d$') and not string.find(conversation, '[\30\31]'), 'names')
local digits, after = #since, ':' -- follows all digits
local aheadAtMost = 5000 -- milliseconds
local queue = string.sub(begin, 1, string.find(begin, US, 1, true) - 1)
local function firstWait(member) return string.sub(member, #begin + 1, #begin + digits) end

local place = redis.call('HGET', places, conversation)
if place then -- another try for the same conversation
  if redis.call('HEXISTS', held, conversation) == 1 then
    redis.call('HSET', held, conversation, untilWhen .. '|' .. token)
  end
  local member = memberOf(place)
  local at = redis.call('ZLEXCOUNT', line, '[' .. queueOf(place) .. US, '[' .. member)
  return { at, string.match(member, '^[^\31]+\31%d%d(%d+)\31') }
end
-- No two are alike, so that the places that are told stay in order: whoever comes at the same moment, or by a clock that is
-- behind, gets the moment after the last one's. Of more than thousand in a second some share a moment in the end.
local last = redis.call('ZREVRANGEBYLEX', line, '(' .. begin .. after, '[' .. begin, 'LIMIT', 0, 1)[1]
if last and tonumber(firstWait(last)) >= tonumber(since) then
  local newest = tonumber(firstWait(last))
  if newest - tonumber(since) < aheadAtMost then newest = newest + 1 end
  since = string.format('%0' .. digits .. '.0f', newest)
end
local member = begin .. since .. US .. conversation
joinLine(conversation, member .. RS .. rest)
redis.call('HSET', held, conversation, untilWhen .. '|' .. token)
return { redis.call('ZLEXCOUNT', line, '[' .. queue .. US, '(' .. begin .. after), since }
