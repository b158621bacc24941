// An Express backend as it was before: it reads and writes its table, and publishes nothing itself.
import express from 'express';
import jwt from 'jsonwebtoken';
import pg from 'pg';

const { DATABASE_URL, JWT_SECRET, SHOP_PORT = 8080, PORT = 3000 } = process.env;
const database = new pg.Pool({ connectionString: DATABASE_URL });
const app = express();
app.use(express.json());
app.use(express.static('public'));

// In this example everybody is who they say they are. A real shop has a session here.
app.get('/login/:customer', (request, response) => {
  response.cookie('customer', request.params.customer, { httpOnly: true, sameSite: 'strict' }).redirect('/');
});

app.use('/api', (request, response, next) => {
  const [, customer] = /(?:^|; )customer=([^;]+)/.exec(request.headers.cookie ?? '') ?? [];
  if (!customer) return response.status(401).json({ error: 'Go to /login/ana first.' });
  request.customer = decodeURIComponent(customer);
  next();
});

app.get('/api/me', (request, response) => {
  response.json({ customer: request.customer, realtime: `http://localhost:${PORT}` });
});

// The one route that this backend has for the realtime server: who is there, signed with the shared secret.
app.get('/api/token', (request, response) => {
  response.json({ token: jwt.sign({ sub: request.customer }, JWT_SECRET, { expiresIn: '15m' }) });
});

app.get('/api/orders', async (request, response) => {
  const { rows } = await database.query(
    'select id, item, status from shop.orders where customer_id = $1 order by id',
    [request.customer],
  );
  response.json(rows);
});

app.post('/api/orders', async (request, response) => {
  const { rows } = await database.query(
    'insert into shop.orders (customer_id, item) values ($1, $2) returning id, item, status',
    [request.customer, String(request.body.item)],
  );
  response.status(201).json(rows[0]);
});

const server = app.listen(Number(SHOP_PORT), () => {
  process.stdout.write(`shop at http://localhost:${server.address().port}\n`);
});
