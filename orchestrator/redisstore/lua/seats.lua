-- Answers seats: of a conversation, of an agent, or all. The index by agent is believed where it agrees with the number of
-- seats that the agent has taken, which every version counts; a process of the version before takes and gives back seats
-- without the index.
--
-- ARGV  1 conversation, empty for any  2 agent, empty for any  3 kind, empty for any
-- Returns the fields and values of the hash seats in which what was asked for is found, with seats of others beside it.
local conversation, agent, kind = unpack(ARGV)
assert(#ARGV == 3, 'arguments')

local function ofConversation()
  local stored = redis.call('HGET', seats, conversation)
  return stored and { conversation, stored } or {}
end

local function ofAgent()
  local after = ' ' -- follows US
  local found = {}
  for _, member in ipairs(redis.call('ZRANGEBYLEX', seated, '[' .. agent .. US, '(' .. agent .. after)) do
    local of = string.sub(member, #agent + #US + 1)
    local stored = redis.call('HGET', seats, of)
    if stored and seatOf(readSeats(stored), agent) then
      found[#found + 1] = of
      found[#found + 1] = stored
    end
  end
  return found
end

local function ofKind()
  local all = redis.call('HGETALL', seats)
  if kind == '' then return all end
  local found = {}
  for i = 1, #all, 2 do
    if string.find(all[i + 1], US .. kind .. US, 1, true) then
      found[#found + 1] = all[i]
      found[#found + 1] = all[i + 1]
    end
  end
  return found
end

if conversation ~= '' then return ofConversation() end
if agent == '' then return ofKind() end
local found = ofAgent()
if #found / 2 ~= tonumber(redis.call('HGET', load, agent) or '0') then
  recounted()
  found = ofAgent()
end
return found
