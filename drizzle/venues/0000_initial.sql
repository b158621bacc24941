CREATE SCHEMA "venues";
--> statement-breakpoint
CREATE TABLE "venues"."notifications" (
	"id" text PRIMARY KEY DEFAULT gen_random_uuid()::text NOT NULL,
	"user_id" text NOT NULL,
	"type" text NOT NULL,
	"title" text NOT NULL,
	"message" text NOT NULL,
	"data" json NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "venues"."promotions" (
	"id" text PRIMARY KEY DEFAULT gen_random_uuid()::text NOT NULL,
	"venue_id" text NOT NULL,
	"title" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"starts_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"ends_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_by" text NOT NULL,
	CONSTRAINT "promotions_period_check" CHECK ("venues"."promotions"."ends_at" > "venues"."promotions"."starts_at")
);
--> statement-breakpoint
CREATE TABLE "venues"."users" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "venues"."venues" (
	"id" text PRIMARY KEY DEFAULT gen_random_uuid()::text NOT NULL,
	"name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"address" text DEFAULT '' NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"owner_id" text,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_by" text NOT NULL,
	CONSTRAINT "venues_id_check" CHECK ("venues"."venues"."id" ~ '^[A-Za-z0-9_.~-]{1,100}$' and "venues"."venues"."id" <> 'updates'),
	CONSTRAINT "venues_status_check" CHECK ("venues"."venues"."status" in ('active', 'inactive'))
);
--> statement-breakpoint
CREATE TABLE "venues"."vibe_checks" (
	"id" text PRIMARY KEY DEFAULT gen_random_uuid()::text NOT NULL,
	"venue_id" text NOT NULL,
	"user_id" text,
	"busyness" smallint NOT NULL,
	"comment" text DEFAULT '' NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "vibe_checks_busyness_check" CHECK ("venues"."vibe_checks"."busyness" between 1 and 5)
);
--> statement-breakpoint
ALTER TABLE "venues"."notifications" ADD CONSTRAINT "notifications_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "venues"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "venues"."promotions" ADD CONSTRAINT "promotions_venue_id_venues_id_fk" FOREIGN KEY ("venue_id") REFERENCES "venues"."venues"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "venues"."venues" ADD CONSTRAINT "venues_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "venues"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "venues"."vibe_checks" ADD CONSTRAINT "vibe_checks_venue_id_venues_id_fk" FOREIGN KEY ("venue_id") REFERENCES "venues"."venues"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "venues"."vibe_checks" ADD CONSTRAINT "vibe_checks_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "venues"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "notifications_latest_idx" ON "venues"."notifications" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "promotions_running_idx" ON "venues"."promotions" USING btree ("venue_id","ends_at");--> statement-breakpoint
CREATE INDEX "vibe_checks_latest_idx" ON "venues"."vibe_checks" USING btree ("venue_id","created_at");