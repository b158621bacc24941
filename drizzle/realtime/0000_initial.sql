CREATE TABLE "realtime_channels" (
	"name" text PRIMARY KEY NOT NULL,
	"epoch" text NOT NULL,
	"last_offset" bigint DEFAULT 0 NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "realtime_publications" (
	"channel" text NOT NULL,
	"offset" bigint NOT NULL,
	"id" text NOT NULL,
	"type" text NOT NULL,
	"event_type" text,
	"data" json NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"source_user_id" text,
	CONSTRAINT "realtime_publications_channel_offset_pk" PRIMARY KEY("channel","offset")
);
