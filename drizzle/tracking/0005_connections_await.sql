ALTER TABLE "websocket_connections" ADD COLUMN "receives_events" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "realtime_event_deliveries" ADD COLUMN "awaits_connection" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "realtime_event_deliveries" ADD COLUMN "channel_epoch" text;--> statement-breakpoint
ALTER TABLE "realtime_event_deliveries" ADD COLUMN "channel_offset" bigint;--> statement-breakpoint
CREATE INDEX "realtime_event_deliveries_awaiting_idx" ON "realtime_event_deliveries" USING btree ("user_id") WHERE "realtime_event_deliveries"."awaits_connection";