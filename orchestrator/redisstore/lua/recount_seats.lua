-- Mends what is counted and indexed of the seats.
--
-- KEYS  those of roster.lua
-- ARGV  none
-- Returns how many entries were wrong.
assert(#ARGV == 0, 'arguments')
return recounted()
