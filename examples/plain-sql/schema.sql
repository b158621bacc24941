create table prices (symbol text primary key, price numeric not null);
insert into prices values ('gold', 2400.10), ('silver', 31.05);
