CREATE TABLE "realtime_sms_wishes" (
	"message_id" text PRIMARY KEY NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL
);
