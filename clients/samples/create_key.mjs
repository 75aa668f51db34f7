const response = await fetch('https://api.example.com/v1/api-keys', {
  method: 'POST',
  headers: {
    "Authorization": "Bearer YOUR_API_TOKEN",
    "Content-Type": "application/json"
  },
  body: JSON.stringify({})
});
const data = await response.json();
console.log(data);
