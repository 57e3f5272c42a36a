/** The mail as text; Eta fills it in, and nothing is escaped. */
export const TEXT = `<%= it.hello %>

<%= it.sentences.join('\\n') %>
<% if (it.link) { %>
<%= it.open %>: <%= it.link %>
<% } %>
<%= it.reservationLabel %>: <%= it.reservationId %>

<%= it.library %>
<% if (it.unsubscribeLink) { %>
<%= it.unsubscribe %>: <%= it.unsubscribeLink %>
<% } %>`;

/** The mail as HTML; Eta fills it in and escapes every value. Styles are inline and nothing is loaded: so readers of mail show it. */
export const HTML = `<!doctype html>
<html lang="<%= it.language %>">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title><%= it.subject %></title></head>
<body style="margin:0;padding:24px;background:#f4f1ea;color:#222;font:16px/1.5 Georgia,serif">
<div style="max-width:560px;margin:0 auto;padding:24px;background:#fff;border-radius:8px">
<h1 style="margin:0 0 16px;font-size:22px"><%= it.subject %></h1>
<p><%= it.hello %></p>
<% for (const sentence of it.sentences) { %>
<p><%= sentence %></p>
<% } %>
<% if (it.link) { %>
<p><a href="<%= it.link %>" style="display:inline-block;padding:10px 16px;background:#1f4e5f;color:#fff;border-radius:6px;text-decoration:none"><%= it.open %></a></p>
<% } %>
<p><%= it.library %></p>
<p style="margin:24px 0 0;color:#595959;font-size:13px"><%= it.reservationLabel %>: <%= it.reservationId %>
<% if (it.unsubscribeLink) { %>
<br><a href="<%= it.unsubscribeLink %>" style="color:#595959"><%= it.unsubscribe %></a>
<% } %>
</p>
</div>
</body>
</html>
`;
