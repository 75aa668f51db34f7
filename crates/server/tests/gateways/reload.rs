//! Another configuration takes effect from the next question on.

use keywright_server::{GatewayRules, GatewaySettings, Reloadable, Reloader, RouteTable, ServerSettings};

use super::harness::Server;
use super::{ask, key, routes};

#[tokio::test]
async fn a_changed_route_table_is_taken_up() {
    let reloader = Reloader::new(Reloadable::default());
    let settings = ServerSettings { reloadable: reloader.clone(), ..ServerSettings::default() };
    let server = Server::start_with(settings).await;
    let (key, _) = key(&server, &["photo.read"]).await;
    let headers = [("x-api-key", key.as_str()), ("x-original-method", "GET"), ("x-original-uri", "/admin/x")];
    let status = async || ask(&server, "GET", "/authz/nginx", &headers).await.status.as_u16();
    let set = |routes: RouteTable| {
        let gateways = GatewaySettings::new(GatewayRules { routes, ..GatewayRules::default() });
        reloader.set(Reloadable { gateways, ..Reloadable::default() });
    };
    assert_eq!(status().await, 200);
    set(routes());
    assert_eq!(status().await, 403);
    set(RouteTable::default());
    assert_eq!(status().await, 200);
}
