-- The input of a call stands in its row alone, whole: responses, approvals and events refer to it.
update tool_call
set input = part.value -> 'input'
from step, json_array_elements(step.assistant) as part (value)
where step.id = tool_call.step_id and part.value ->> 'tool_call_id' = tool_call.id;
alter table approval drop column input;
-- Texts of the preview that begin as one of the input does: which, how many characters of it, and what follows.
alter table approval add column preview_from_input json;
