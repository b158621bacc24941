CREATE TABLE "realtime_channel_subscriptions" (
	"user_id" text NOT NULL,
	"channel" text NOT NULL,
	"subscribed_at" timestamp(3) with time zone,
	"unsubscribed_at" timestamp(3) with time zone,
	"read_epoch" text,
	"read_offset" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "realtime_channel_subscriptions_user_id_channel_pk" PRIMARY KEY("user_id","channel")
);
--> statement-breakpoint
CREATE TABLE "websocket_connections" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"role" text NOT NULL,
	"tenant_id" text,
	"transport" text NOT NULL,
	"device_id" text NOT NULL,
	"device_type" text DEFAULT 'unknown' NOT NULL,
	"platform" text,
	"process_id" text NOT NULL,
	"connected_at" timestamp(3) with time zone NOT NULL,
	"last_seen_at" timestamp(3) with time zone NOT NULL,
	"latency_ms" real,
	"loss" real,
	"quality" text,
	"disconnected_at" timestamp(3) with time zone,
	"disconnect_reason" text,
	CONSTRAINT "websocket_connections_device_type_check" CHECK ("websocket_connections"."device_type" in ('mobile', 'tablet', 'desktop', 'unknown')),
	CONSTRAINT "websocket_connections_quality_check" CHECK ("websocket_connections"."quality" in ('excellent', 'good', 'fair', 'poor')),
	CONSTRAINT "websocket_connections_loss" CHECK ("websocket_connections"."loss" between 0 and 1)
);
--> statement-breakpoint
CREATE TABLE "realtime_event_deliveries" (
	"event_id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"tenant_id" text,
	"status" text NOT NULL,
	"priority_rank" smallint NOT NULL,
	"method" text DEFAULT 'websocket' NOT NULL,
	"attempts" smallint DEFAULT 0 NOT NULL,
	"max_attempts" smallint DEFAULT 1 NOT NULL,
	"expires_at" timestamp(3) with time zone,
	"next_attempt_at" timestamp(3) with time zone,
	"expected_devices" text[] DEFAULT '{}' NOT NULL,
	"device_acks" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"last_error" text,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"sent_at" timestamp(3) with time zone,
	"delivered_at" timestamp(3) with time zone,
	"read_at" timestamp(3) with time zone,
	"acknowledged_at" timestamp(3) with time zone,
	"failed_at" timestamp(3) with time zone,
	"expired_at" timestamp(3) with time zone,
	"cancelled_at" timestamp(3) with time zone,
	CONSTRAINT "realtime_event_deliveries_event_id_user_id_pk" PRIMARY KEY("event_id","user_id"),
	CONSTRAINT "realtime_event_deliveries_status_check" CHECK ("realtime_event_deliveries"."status" in ('pending', 'sent', 'delivered', 'read', 'acknowledged', 'failed', 'expired', 'cancelled')),
	CONSTRAINT "realtime_event_deliveries_priority" CHECK ("realtime_event_deliveries"."priority_rank" between 1 and 5)
);
--> statement-breakpoint
CREATE TABLE "realtime_unread_counts" (
	"user_id" text PRIMARY KEY NOT NULL,
	"count" integer NOT NULL,
	"version" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "realtime_event_types" (
	"name" text PRIMARY KEY NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"title_template" text NOT NULL,
	"message_template" text NOT NULL,
	"priority" text DEFAULT 'normal' NOT NULL,
	"acknowledgement" text DEFAULT 'none' NOT NULL,
	"retry_interval_ms" integer DEFAULT 30000 NOT NULL,
	"max_attempts" smallint DEFAULT 3 NOT NULL,
	"methods" text[] DEFAULT '{websocket}' NOT NULL,
	"lifetime_ms" bigint,
	"source_roles" text[] DEFAULT '{}' NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "realtime_event_types_priority_check" CHECK ("realtime_event_types"."priority" in ('low', 'normal', 'high', 'urgent', 'critical')),
	CONSTRAINT "realtime_event_types_acknowledgement_check" CHECK ("realtime_event_types"."acknowledgement" in ('none', 'device', 'every_device', 'person')),
	CONSTRAINT "realtime_event_types_name" CHECK ("realtime_event_types"."name" ~ '^[a-z][a-z0-9_]{0,99}$'),
	CONSTRAINT "realtime_event_types_retry" CHECK ("realtime_event_types"."retry_interval_ms" > 0 and "realtime_event_types"."max_attempts" > 0),
	CONSTRAINT "realtime_event_types_methods" CHECK (cardinality("realtime_event_types"."methods") > 0)
);
--> statement-breakpoint
CREATE TABLE "realtime_events" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"type" text NOT NULL,
	"tenant_id" text,
	"source_user_id" text,
	"target_user_ids" text[] DEFAULT '{}' NOT NULL,
	"target_roles" text[] DEFAULT '{}' NOT NULL,
	"target_tenant_ids" text[] DEFAULT '{}' NOT NULL,
	"excluded_user_ids" text[] DEFAULT '{}' NOT NULL,
	"title" text NOT NULL,
	"message" text NOT NULL,
	"payload" json DEFAULT '{}'::json NOT NULL,
	"priority" text NOT NULL,
	"scheduled_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone,
	"action_url" text,
	"correlation_id" text,
	"idempotency_key" text,
	"delivery_mode" text NOT NULL,
	"recipients" integer,
	"status" text DEFAULT 'pending' NOT NULL,
	"sent_at" timestamp(3) with time zone,
	"channel_epoch" text,
	"channel_offset" bigint,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "realtime_events_priority_check" CHECK ("realtime_events"."priority" in ('low', 'normal', 'high', 'urgent', 'critical')),
	CONSTRAINT "realtime_events_mode_check" CHECK ("realtime_events"."delivery_mode" in ('person', 'channel')),
	CONSTRAINT "realtime_events_status_check" CHECK ("realtime_events"."status" in ('pending', 'sent', 'expired', 'cancelled')),
	CONSTRAINT "realtime_events_expiry" CHECK ("realtime_events"."expires_at" > "realtime_events"."scheduled_at")
);
--> statement-breakpoint
CREATE TABLE "realtime_system_metrics" (
	"minute" timestamp(3) with time zone NOT NULL,
	"process_id" text NOT NULL,
	"name" text NOT NULL,
	"value" double precision NOT NULL,
	"p50" double precision,
	"p95" double precision,
	"p99" double precision,
	"max" double precision,
	"histogram" text,
	CONSTRAINT "realtime_system_metrics_minute_process_id_name_pk" PRIMARY KEY("minute","process_id","name")
);
--> statement-breakpoint
CREATE TABLE "realtime_user_activity" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "realtime_user_activity_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"user_id" text NOT NULL,
	"tenant_id" text,
	"connection_id" text,
	"kind" text NOT NULL,
	"page" text NOT NULL,
	"target" text,
	"duration_ms" integer,
	"occurred_at" timestamp(3) with time zone NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "realtime_user_activity_kind_check" CHECK ("realtime_user_activity"."kind" in ('page_view', 'click', 'duration', 'interaction')),
	CONSTRAINT "realtime_user_activity_duration" CHECK ("realtime_user_activity"."duration_ms" >= 0)
);
--> statement-breakpoint
ALTER TABLE "realtime_channel_subscriptions" ADD CONSTRAINT "realtime_channel_subscriptions_channel_realtime_channels_name_fk" FOREIGN KEY ("channel") REFERENCES "public"."realtime_channels"("name") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "realtime_event_deliveries" ADD CONSTRAINT "realtime_event_deliveries_event_id_realtime_events_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."realtime_events"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "realtime_events" ADD CONSTRAINT "realtime_events_type_realtime_event_types_name_fk" FOREIGN KEY ("type") REFERENCES "public"."realtime_event_types"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "realtime_channel_subscriptions_channel_idx" ON "realtime_channel_subscriptions" USING btree ("channel");--> statement-breakpoint
CREATE INDEX "websocket_connections_open_idx" ON "websocket_connections" USING btree ("user_id") WHERE "websocket_connections"."disconnected_at" is null;--> statement-breakpoint
CREATE INDEX "websocket_connections_stale_idx" ON "websocket_connections" USING btree ("last_seen_at") WHERE "websocket_connections"."disconnected_at" is null;--> statement-breakpoint
CREATE INDEX "websocket_connections_tenant_idx" ON "websocket_connections" USING btree ("tenant_id","connected_at");--> statement-breakpoint
CREATE INDEX "websocket_connections_ended_idx" ON "websocket_connections" USING btree ("disconnected_at");--> statement-breakpoint
CREATE INDEX "realtime_event_deliveries_inbox_idx" ON "realtime_event_deliveries" USING btree ("user_id","sent_at","event_id");--> statement-breakpoint
CREATE INDEX "realtime_event_deliveries_unread_idx" ON "realtime_event_deliveries" USING btree ("user_id") WHERE "realtime_event_deliveries"."status" in ('sent', 'delivered', 'failed');--> statement-breakpoint
CREATE INDEX "realtime_event_deliveries_due_idx" ON "realtime_event_deliveries" USING btree ("priority_rank","next_attempt_at") WHERE "realtime_event_deliveries"."next_attempt_at" is not null;--> statement-breakpoint
CREATE INDEX "realtime_event_deliveries_tenant_idx" ON "realtime_event_deliveries" USING btree ("tenant_id","created_at");--> statement-breakpoint
CREATE INDEX "realtime_event_deliveries_age_idx" ON "realtime_event_deliveries" USING brin ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "realtime_events_idempotency_key" ON "realtime_events" USING btree (coalesce("tenant_id", ''),coalesce("source_user_id", ''),"idempotency_key") WHERE "realtime_events"."idempotency_key" is not null;--> statement-breakpoint
CREATE INDEX "realtime_events_correlation_idx" ON "realtime_events" USING btree ("correlation_id");--> statement-breakpoint
CREATE INDEX "realtime_events_tenant_idx" ON "realtime_events" USING btree ("tenant_id","created_at");--> statement-breakpoint
CREATE INDEX "realtime_events_age_idx" ON "realtime_events" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "realtime_events_announced_idx" ON "realtime_events" USING btree ("tenant_id","sent_at") WHERE "realtime_events"."delivery_mode" = 'channel';--> statement-breakpoint
CREATE INDEX "realtime_events_waiting_idx" ON "realtime_events" USING btree ("scheduled_at") WHERE "realtime_events"."delivery_mode" = 'channel' and "realtime_events"."status" = 'pending';--> statement-breakpoint
CREATE INDEX "realtime_events_expiry_idx" ON "realtime_events" USING btree ("expires_at") WHERE "realtime_events"."status" in ('pending', 'sent');--> statement-breakpoint
CREATE INDEX "realtime_system_metrics_name_idx" ON "realtime_system_metrics" USING btree ("name","minute");--> statement-breakpoint
CREATE INDEX "realtime_user_activity_user_idx" ON "realtime_user_activity" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "realtime_user_activity_tenant_idx" ON "realtime_user_activity" USING btree ("tenant_id","created_at");--> statement-breakpoint
CREATE INDEX "realtime_user_activity_age_idx" ON "realtime_user_activity" USING brin ("created_at");