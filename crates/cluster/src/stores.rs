//! Object stores of SQL: executors open them by their own credentials when a plan names them; the scheduler, which only
//! looks at plans, has none.

use std::fmt;
use std::sync::Arc;

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::object_store::{DefaultObjectStoreRegistry, ObjectStoreRegistry};
use groundline_store::Stores;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use tokio::runtime::Handle;
use url::Url;

/// Opens buckets by [`Stores`]; the disk is DataFusion's.
pub(crate) struct StoreRegistry {
    stores: Stores,
    known: DefaultObjectStoreRegistry,
}

impl StoreRegistry {
    pub(crate) fn new(stores: Stores) -> Self {
        Self {
            stores,
            known: DefaultObjectStoreRegistry::new(),
        }
    }
}

/// A store for every name, with nothing in it.
#[derive(Debug)]
pub(crate) struct NoStores(Arc<dyn ObjectStore>);

impl Default for NoStores {
    fn default() -> Self {
        Self(Arc::new(InMemory::new()))
    }
}

impl ObjectStoreRegistry for NoStores {
    fn register_store(&self, _: &Url, _: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, _: &Url) -> Result<Arc<dyn ObjectStore>> {
        Ok(Arc::clone(&self.0))
    }
}

impl fmt::Debug for StoreRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreRegistry").finish_non_exhaustive()
    }
}

impl ObjectStoreRegistry for StoreRegistry {
    fn register_store(
        &self,
        url: &Url,
        store: Arc<dyn ObjectStore>,
    ) -> Option<Arc<dyn ObjectStore>> {
        self.known.register_store(url, store)
    }

    fn get_store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>> {
        if let Ok(store) = self.known.get_store(url) {
            return Ok(store);
        }
        let stores = self.stores.clone();
        let name = url.to_string();
        // A bucket is opened once; asking for its region may wait for the network.
        let root = tokio::task::block_in_place(|| {
            Handle::current()
                .block_on(async { stores.open(&name).await })
                .map_err(|error| DataFusionError::External(Box::new(error)))
        })?;
        let store = Arc::clone(root.store());
        self.known.register_store(url, Arc::clone(&store));
        Ok(store)
    }
}
