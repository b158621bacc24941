ALTER TABLE "campus"."buildings" ADD COLUMN "footprint" jsonb;--> statement-breakpoint
ALTER TABLE "campus"."campuses" ADD COLUMN "footprint" jsonb;--> statement-breakpoint
ALTER TABLE "campus"."buildings" ADD CONSTRAINT "buildings_footprint_check" CHECK ("campus"."buildings"."footprint" ->> 'type' in ('Polygon', 'MultiPolygon'));--> statement-breakpoint
ALTER TABLE "campus"."campuses" ADD CONSTRAINT "campuses_footprint_check" CHECK ("campus"."campuses"."footprint" ->> 'type' in ('Polygon', 'MultiPolygon'));