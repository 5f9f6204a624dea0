-- Functions for the scripts that mend what follows from the seats; put between roster.lua, whose KEYS they use, and them.

-- mend makes a hash or a sorted set, read as a list of entries and numbers, hold what is right, and answers how many entries
-- were wrong.
local function mend(known, right, write, remove)
  local wrong, holds = 0, {}
  for i = 1, #known, 2 do
    local entry, value = known[i], tonumber(known[i + 1])
    holds[entry] = true
    if not right[entry] then
      remove(entry)
      wrong = wrong + 1
    elseif right[entry] ~= value then
      write(entry, right[entry])
      wrong = wrong + 1
    end
  end
  for entry, value in pairs(right) do
    if not holds[entry] then
      write(entry, value)
      wrong = wrong + 1
    end
  end
  return wrong
end

local function mendSortedSet(key, right)
  return mend(redis.call('ZRANGE', key, 0, -1, 'WITHSCORES'), right,
    function(entry, value) redis.call('ZADD', key, string.format('%.0f', value), entry) end,
    function(entry) redis.call('ZREM', key, entry) end)
end

-- recounted makes load, seated and rings follow from the seats again, and answers how many of their entries were wrong.
local function recounted()
  local counts, members, reservations = {}, {}, {}
  local stored = redis.call('HGETALL', seats)
  for i = 1, #stored, 2 do
    local conversation = stored[i]
    for _, s in ipairs(readSeats(stored[i + 1])) do
      counts[s.agent] = (counts[s.agent] or 0) + 1
      members[s.agent .. US .. conversation] = 0
      if s.kind == 'ringing' then reservations[conversation .. US .. s.agent] = tonumber(s.untilWhen) end
    end
  end
  local wrong = mend(redis.call('HGETALL', load), counts,
    function(agent, n) redis.call('HSET', load, agent, n) end,
    function(agent) redis.call('HDEL', load, agent) end)
  return wrong + mendSortedSet(seated, members) + mendSortedSet(rings, reservations)
end
