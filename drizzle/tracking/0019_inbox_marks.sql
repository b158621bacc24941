ALTER TABLE "realtime_channel_subscriptions" ADD COLUMN "seen_epoch" text;--> statement-breakpoint
ALTER TABLE "realtime_channel_subscriptions" ADD COLUMN "seen_offset" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "realtime_event_deliveries" ADD COLUMN "seen_at" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "realtime_event_deliveries" ADD COLUMN "unread_at" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "realtime_event_deliveries" ADD COLUMN "archived_at" timestamp(3) with time zone;--> statement-breakpoint
CREATE INDEX "realtime_event_deliveries_marked_idx" ON "realtime_event_deliveries" USING btree ("user_id") WHERE "realtime_event_deliveries"."unread_at" is not null;