CREATE TABLE "realtime_dead_letters" (
	"id" bigint PRIMARY KEY NOT NULL,
	"channel" text NOT NULL,
	"type" text NOT NULL,
	"event_type" text,
	"data" json NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"reason" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "realtime_idempotency_keys" (
	"channel" text NOT NULL,
	"key" text NOT NULL,
	"epoch" text NOT NULL,
	"offset" bigint NOT NULL,
	"id" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "realtime_idempotency_keys_channel_key_pk" PRIMARY KEY("channel","key")
);
--> statement-breakpoint
CREATE TABLE "realtime_outbox" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "realtime_outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"channel" text NOT NULL,
	"type" text NOT NULL,
	"event_type" text,
	"data" json NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "realtime_idempotency_keys_age_idx" ON "realtime_idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "realtime_channels_namespace_idx" ON "realtime_channels" USING btree (split_part("name", ':', 1));--> statement-breakpoint
CREATE INDEX "realtime_publications_age_idx" ON "realtime_publications" USING btree (split_part("channel", ':', 1),"created_at");