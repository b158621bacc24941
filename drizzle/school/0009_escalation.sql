-- People who do not read an event are reached by other methods, where a deployment has them. A type whose methods or
-- escalation an operator has changed stays as it is.
-- Row level security is forced on the owner too, and the owner has no policy here.
ALTER TABLE public.realtime_event_types NO FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
UPDATE public.realtime_event_types t SET methods = given.methods::text[], escalation = given.escalation::jsonb
FROM (VALUES
  ('fee_assignment_created', '{websocket}', '{websocket,fcm,web-push,sms}', '{"fcm":{"afterMs":900000,"fromPriority":"low"},"web-push":{"afterMs":900000,"fromPriority":"low"},"sms":{"afterMs":300000,"fromPriority":"critical"}}'),
  ('fee_assignment_approved', '{websocket}', '{websocket,fcm,web-push,sms}', '{"fcm":{"afterMs":900000,"fromPriority":"low"},"web-push":{"afterMs":900000,"fromPriority":"low"},"sms":{"afterMs":300000,"fromPriority":"critical"}}'),
  ('fee_assignment_rejected', '{websocket}', '{websocket,fcm,web-push,sms}', '{"fcm":{"afterMs":300000,"fromPriority":"low"},"web-push":{"afterMs":300000,"fromPriority":"low"},"sms":{"afterMs":300000,"fromPriority":"critical"}}'),
  ('approval_request_pending', '{websocket,webhook}', '{websocket,fcm,web-push,sms,email,webhook}', '{"fcm":{"afterMs":300000,"fromPriority":"low"},"web-push":{"afterMs":300000,"fromPriority":"low"},"sms":{"afterMs":300000,"fromPriority":"critical"},"email":{"afterMs":3600000}}'),
  ('approval_request_approved', '{websocket}', '{websocket,fcm,web-push,sms}', '{"fcm":{"afterMs":900000,"fromPriority":"low"},"web-push":{"afterMs":900000,"fromPriority":"low"},"sms":{"afterMs":300000,"fromPriority":"critical"}}'),
  ('approval_request_rejected', '{websocket}', '{websocket,fcm,web-push,sms}', '{"fcm":{"afterMs":300000,"fromPriority":"low"},"web-push":{"afterMs":300000,"fromPriority":"low"},"sms":{"afterMs":300000,"fromPriority":"critical"}}'),
  ('payment_received', '{websocket,webhook}', '{websocket,fcm,web-push,sms,webhook}', '{"fcm":{"afterMs":900000,"fromPriority":"low"},"web-push":{"afterMs":900000,"fromPriority":"low"},"sms":{"afterMs":300000,"fromPriority":"critical"}}'),
  ('system_maintenance', '{websocket}', '{websocket,fcm,web-push,sms}', '{"fcm":{"afterMs":300000,"fromPriority":"urgent"},"web-push":{"afterMs":300000,"fromPriority":"urgent"},"sms":{"afterMs":300000,"fromPriority":"critical"}}'),
  ('assignment_overdue', '{websocket}', '{websocket,fcm,web-push,sms}', '{"fcm":{"afterMs":900000,"fromPriority":"low"},"web-push":{"afterMs":900000,"fromPriority":"low"},"sms":{"afterMs":300000,"fromPriority":"critical"}}'),
  ('school_announcement', '{websocket}', '{websocket,fcm,web-push,sms}', '{"fcm":{"afterMs":120000,"fromPriority":"high"},"web-push":{"afterMs":120000,"fromPriority":"high"},"sms":{"afterMs":300000,"fromPriority":"critical"}}'),
  ('custom_notification', '{websocket}', '{websocket,fcm,web-push,sms}', '{"fcm":{"afterMs":120000,"fromPriority":"high"},"web-push":{"afterMs":120000,"fromPriority":"high"},"sms":{"afterMs":300000,"fromPriority":"critical"}}')
) AS given(name, methods_before, methods, escalation)
WHERE t.name = given.name AND t.methods = given.methods_before::text[] AND t.escalation IS NULL;
--> statement-breakpoint
ALTER TABLE public.realtime_event_types FORCE ROW LEVEL SECURITY;
