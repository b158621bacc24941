create schema shop;
create table shop.orders (
  id integer generated always as identity primary key,
  customer_id text not null,
  item text not null,
  status text not null default 'open'
);
insert into shop.orders (customer_id, item) values ('ana', 'Rice, 5 kg'), ('ben', 'Coffee');
