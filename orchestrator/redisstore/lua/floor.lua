-- Answers the whole floor.
--
-- ARGV  1 at most how many waiting conversations of each queue
-- Returns the hashes presence, idle, seats, handle and waiting, each as a list of fields and values; then a list for
-- each queue: its name and the places of the first that wait, without those that are only held; then the hash chosen.
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
return {
  redis.call('HGETALL', presence), redis.call('HGETALL', idle), redis.call('HGETALL', seats),
  redis.call('HGETALL', handle), queues, lines, redis.call('HGETALL', chosen),
}
