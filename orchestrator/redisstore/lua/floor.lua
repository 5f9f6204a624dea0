-- Answers the floor without the seats that do not ring.
--
-- ARGV  1 at most how many waiting conversations of each queue
-- Returns the hashes presence, idle, load, handle, waiting and chosen, each as a list of fields and values; then in the same
-- form those seats of the hash seats among which something rings; then a list for each queue: its name and the places of the
-- first that wait, without those that are only held.
local perQueue = ARGV[1]
assert(#ARGV == 1 and tonumber(perQueue), 'arguments')
local after = ' ' -- follows US
local holds = {}
for _, conversation in ipairs(redis.call('HKEYS', held)) do holds[conversation] = true end
local lines = {}
local queues = redis.call('HGETALL', waiting)
for i = 1, #queues, 2 do
  local queue = queues[i]
  local answer = { queue }
  local members = redis.call('ZRANGEBYLEX', line, '[' .. queue .. US, '(' .. queue .. after, 'LIMIT', 0, perQueue)
  for _, member in ipairs(members) do
    local conversation = split(member, US)[3]
    local place = not holds[conversation] and redis.call('HGET', places, conversation)
    if place then answer[#answer + 1] = place end
  end
  lines[#lines + 1] = answer
end
local ringing, seen = {}, {}
for _, member in ipairs(redis.call('ZRANGE', rings, 0, -1)) do
  local conversation = string.sub(member, 1, string.find(member, US, 1, true) - 1)
  local stored = not seen[conversation] and redis.call('HGET', seats, conversation)
  if stored then
    ringing[#ringing + 1] = conversation
    ringing[#ringing + 1] = stored
  end
  seen[conversation] = true
end
return {
  redis.call('HGETALL', presence), redis.call('HGETALL', idle), redis.call('HGETALL', load), redis.call('HGETALL', handle),
  queues, redis.call('HGETALL', chosen), ringing, lines,
}
