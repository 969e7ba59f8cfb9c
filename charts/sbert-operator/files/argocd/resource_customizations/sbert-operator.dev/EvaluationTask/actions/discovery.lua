local suspended, ended = false, false
if obj.spec ~= nil and obj.spec.suspend then
  suspended = true
end
for _, condition in ipairs((obj.status or {}).conditions or {}) do
  if (condition.type == "Complete" or condition.type == "Failed") and condition.status == "True" then
    ended = true
  end
end

local actions = {}
actions["suspend"] = { ["disabled"] = suspended or ended, ["displayName"] = "Suspend" }
actions["resume"] = { ["disabled"] = not suspended, ["displayName"] = "Resume" }
actions["restart"] = { ["displayName"] = "Run again" }
return actions
