CREATE TABLE "school"."channel_messages" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "school"."channel_messages_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"channel_id" text NOT NULL,
	"author_id" text NOT NULL,
	"author_role" text NOT NULL,
	"body" text NOT NULL,
	"reply_to" uuid,
	"attachments" json DEFAULT '[]'::json NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"edited_at" timestamp(3) with time zone,
	"deleted_at" timestamp(3) with time zone,
	CONSTRAINT "channel_messages_of_channel" UNIQUE("channel_id","id")
);
--> statement-breakpoint
CREATE TABLE "school"."channel_reactions" (
	"message_id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"emoji" text NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "channel_reactions_message_id_user_id_emoji_pk" PRIMARY KEY("message_id","user_id","emoji")
);
--> statement-breakpoint
CREATE TABLE "school"."channel_receipts" (
	"channel_id" text NOT NULL,
	"user_id" text NOT NULL,
	"message_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"read_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "channel_receipts_channel_id_user_id_pk" PRIMARY KEY("channel_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "school"."channels" (
	"id" text PRIMARY KEY DEFAULT gen_random_uuid()::text NOT NULL,
	"school_id" text NOT NULL,
	"name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"visibility" text DEFAULT 'open' NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"archived_at" timestamp(3) with time zone,
	CONSTRAINT "channels_visibility_check" CHECK ("school"."channels"."visibility" in ('open', 'closed'))
);
--> statement-breakpoint
ALTER TABLE "school"."channel_messages" ADD CONSTRAINT "channel_messages_channel_id_channels_id_fk" FOREIGN KEY ("channel_id") REFERENCES "school"."channels"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "school"."channel_messages" ADD CONSTRAINT "channel_messages_reply_in_channel" FOREIGN KEY ("channel_id","reply_to") REFERENCES "school"."channel_messages"("channel_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "school"."channel_reactions" ADD CONSTRAINT "channel_reactions_message_id_channel_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "school"."channel_messages"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "school"."channel_receipts" ADD CONSTRAINT "channel_receipts_message_in_channel" FOREIGN KEY ("channel_id","message_id") REFERENCES "school"."channel_messages"("channel_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "school"."channels" ADD CONSTRAINT "channels_school_id_schools_id_fk" FOREIGN KEY ("school_id") REFERENCES "school"."schools"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "channel_messages_history_idx" ON "school"."channel_messages" USING btree ("channel_id","seq");--> statement-breakpoint
CREATE INDEX "channel_messages_thread_idx" ON "school"."channel_messages" USING btree ("reply_to");--> statement-breakpoint
CREATE INDEX "channels_school_idx" ON "school"."channels" USING btree ("school_id","created_at","id");