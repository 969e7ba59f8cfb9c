-- The health of a TrainingTask or an EvaluationTask, by its conditions; the phase is for people.
local function progressing(message)
  return { status = "Progressing", message = message }
end

local status, spec = obj.status or {}, obj.spec or {}
local run = status.run or {}
local restarted = (obj.metadata.annotations or {})["sbert-operator.dev/restartedAt"]

if status.observedGeneration == nil then
  return progressing("The operator has not seen this task yet")
end
if status.observedGeneration < (obj.metadata.generation or 0) then
  return progressing("The operator has not seen this spec yet")
end
-- A status remembers 128 characters of the annotation; what is longer cannot be compared.
if restarted ~= nil and restarted ~= "" and #restarted <= 128 and restarted ~= run.restartedAt then
  return progressing("The operator has not seen yet that another run is asked for")
end

local is, says = {}, {}
for _, condition in ipairs(status.conditions or {}) do
  is[condition.type], says[condition.type] = condition.status, condition
end

if is.Failed == "True" then
  local hint = status.failure and status.failure.hint
  local message = (says.Failed.reason or "Failed") .. ": " .. (says.Failed.message or "")
  return { status = "Degraded", message = hint and message .. ". " .. hint or message }
end
if is.Complete == "True" then
  local gate = says.Promoted or says.Passed
  if gate ~= nil and gate.status == "False" then
    return { status = "Degraded", message = gate.reason .. ": " .. (gate.message or "") }
  end
  return { status = "Healthy", message = says.Complete.message or "" }
end
-- Only what people suspend is Suspended: a sync waits for whatever is Progressing.
if is.Suspended == "True" and spec.suspend then
  return { status = "Suspended", message = says.Suspended.message or "" }
end
return progressing(status.message or "")
