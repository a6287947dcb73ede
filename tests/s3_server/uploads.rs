//! Uploads that are neither ended nor given up. The file system behind the server cannot list them.

use s3s::{Body, HttpRequest, HttpResponse};

use super::request::{Kind, Seen, elements, parameter};

/// One upload.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Unfinished {
    /// As it stands in a request: encoded.
    pub(crate) key: String,
    pub(crate) id: String,
    /// As S3 writes it.
    pub(crate) begun: String,
}

/// All of the bucket.
#[derive(Debug)]
pub(crate) struct Uploads {
    all: Vec<Unfinished>,
    /// Of a page.
    pub(crate) most: usize,
    /// What is said of the beginning of the next ones.
    pub(crate) begun: String,
}

impl Default for Uploads {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            most: 1000,
            begun: "2026-11-01T00:00:00.000Z".into(),
        }
    }
}

impl Uploads {
    pub(crate) fn all(&self) -> Vec<Unfinished> {
        self.all.clone()
    }

    /// Takes note of a request that succeeded.
    pub(crate) fn note(&mut self, seen: &Seen, id: Option<String>, answer: &[u8]) {
        match seen.kind {
            Kind::CreateUpload => {
                let ids = elements(&String::from_utf8_lossy(answer), "UploadId");
                self.all.push(Unfinished {
                    key: seen.what.clone(),
                    id: ids.first().cloned().unwrap_or_default(),
                    begun: self.begun.clone(),
                });
                self.all.sort();
            }
            Kind::CompleteUpload | Kind::AbortUpload => {
                self.all.retain(|upload| Some(&upload.id) != id.as_ref());
            }
            _ => {}
        }
    }

    /// A page, as S3 writes it.
    pub(crate) fn page(&self, request: &HttpRequest) -> HttpResponse {
        let said = |name| parameter(request, name).unwrap_or_default();
        // Keys of requests leave slashes as they are, and parameters do not.
        let plain = |text: String| text.replace("%2F", "/");
        let prefix = plain(said("prefix"));
        let after = (plain(said("key-marker")), said("upload-id-marker"));
        let mut rest = self.all.iter().filter(|upload| {
            upload.key.starts_with(&prefix) && (upload.key.clone(), upload.id.clone()) > after
        });
        let page: Vec<&Unfinished> = rest.by_ref().take(self.most).collect();
        let is_truncated = rest.next().is_some();
        let mut text = format!(
            "<ListMultipartUploadsResult><EncodingType>url</EncodingType><IsTruncated>{is_truncated}</IsTruncated>"
        );
        if let (true, Some(last)) = (is_truncated, page.last()) {
            text += &format!(
                "<NextKeyMarker>{}</NextKeyMarker><NextUploadIdMarker>{}</NextUploadIdMarker>",
                last.key, last.id
            );
        }
        for Unfinished { key, id, begun } in page {
            text += &format!(
                "<Upload><Key>{key}</Key><UploadId>{id}</UploadId><Initiated>{begun}</Initiated></Upload>"
            );
        }
        text += "</ListMultipartUploadsResult>";
        HttpResponse::new(Body::from(text))
    }
}
