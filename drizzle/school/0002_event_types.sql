-- The event types are part of the product. An existing row is an operator's and stays as it is.
-- Row level security is forced on the owner too, and the owner has no policy here.
ALTER TABLE public.realtime_event_types NO FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
INSERT INTO public.realtime_event_types (name, description, title_template, message_template, priority, acknowledgement,
  retry_interval_ms, max_attempts, methods, lifetime_ms, source_roles) VALUES
  ('fee_assignment_created', 'A fee was assigned', 'New fee assignment: {assignmentName}', '{assignmentName} was assigned to {targetDescription}.', 'normal', 'none', 30000, 3, '{websocket}', NULL, '{finance_manager,principal,school_director,super_admin}'),
  ('fee_assignment_approved', 'A fee assignment was approved', 'Fee assignment approved: {assignmentName}', '{assignmentName} was approved by {approvedBy}.', 'normal', 'none', 30000, 3, '{websocket}', NULL, '{principal,school_director,super_admin}'),
  ('fee_assignment_rejected', 'A fee assignment was rejected', 'Fee assignment rejected: {assignmentName}', '{assignmentName} was rejected by {rejectedBy}: {reason}', 'high', 'none', 30000, 3, '{websocket}', NULL, '{principal,school_director,super_admin}'),
  ('approval_request_pending', 'Somebody waits for an approval', 'Approval needed: {title}', '{requestedBy} asks for your approval of {title}.', 'high', 'person', 300000, 5, '{websocket,webhook}', NULL, '{finance_manager,principal,school_director,super_admin}'),
  ('approval_request_approved', 'A request was approved', 'Approved: {title}', '{title} was approved by {approvedBy}.', 'normal', 'device', 30000, 3, '{websocket}', NULL, '{principal,school_director,super_admin}'),
  ('approval_request_rejected', 'A request was rejected', 'Rejected: {title}', '{title} was rejected by {rejectedBy}: {reason}', 'high', 'device', 30000, 3, '{websocket}', NULL, '{principal,school_director,super_admin}'),
  ('payment_received', 'A payment arrived', 'Payment received', 'We received {amount} {currency} for {studentName}.', 'normal', 'device', 30000, 3, '{websocket,webhook}', NULL, '{finance_manager,principal,school_director,super_admin}'),
  ('school_context_switched', 'A director turned to another school', 'Now at {schoolName}', 'You are now working for {schoolName}.', 'low', 'none', 30000, 3, '{websocket}', 86400000, '{}'),
  ('user_login', 'Somebody signed in on a device', 'New sign-in', 'Your account was used on {device}.', 'low', 'none', 30000, 3, '{websocket}', 604800000, '{}'),
  ('system_maintenance', 'The service will be away', 'Maintenance: {title}', '{description}', 'urgent', 'every_device', 60000, 3, '{websocket}', NULL, '{super_admin}'),
  ('assignment_overdue', 'An assignment was not handed in', 'Overdue: {assignmentName}', '{assignmentName} of {studentName} was due on {dueDate}.', 'normal', 'device', 30000, 3, '{websocket}', NULL, '{teacher,finance_manager,principal,school_director,super_admin}'),
  ('school_announcement', 'Something everybody at the school should know', '{title}', '{message}', 'normal', 'none', 30000, 3, '{websocket}', NULL, '{teacher,finance_manager,principal,school_director,super_admin}'),
  ('custom_notification', 'Anything else', '{title}', '{message}', 'normal', 'none', 30000, 3, '{websocket}', NULL, '{teacher,finance_manager,principal,school_director,super_admin}')
ON CONFLICT (name) DO NOTHING;
--> statement-breakpoint
ALTER TABLE public.realtime_event_types FORCE ROW LEVEL SECURITY;
