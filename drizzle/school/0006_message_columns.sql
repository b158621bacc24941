-- A policy sees the row as it becomes, not whose it was: a member who made themselves the author of another's message
-- passed. Whose a message is, and where, is never updated; that is no column of the role.
REVOKE UPDATE ON school.channel_messages FROM tambuli_app;
--> statement-breakpoint
GRANT UPDATE (body, attachments, edited_at, deleted_at) ON school.channel_messages TO tambuli_app;
--> statement-breakpoint
DROP POLICY own_new ON school.channel_messages;
--> statement-breakpoint
CREATE POLICY own_new ON school.channel_messages FOR INSERT TO tambuli_app WITH CHECK (
  author_id = (SELECT public.realtime_user()) AND author_role = (SELECT public.realtime_role())
  AND channel_id = ANY ((SELECT school.joined_channels(false))::text[])
);
