CREATE TABLE "realtime_presence" (
	"channel" text NOT NULL,
	"user_id" text NOT NULL,
	"role" text NOT NULL,
	"counts" jsonb NOT NULL,
	"joined_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "realtime_presence_channel_user_id_pk" PRIMARY KEY("channel","user_id")
);
--> statement-breakpoint
CREATE TABLE "realtime_processes" (
	"id" text PRIMARY KEY NOT NULL,
	"seen_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "realtime_revocations" (
	"user_id" text PRIMARY KEY NOT NULL,
	"revoked_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "realtime_publications" ADD COLUMN "exclude" text;