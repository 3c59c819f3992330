//! Whether something stands between us and the server, and hands its sessions about.
//!
//! A transaction pooler gives each transaction whatever session of the server is free. What a load
//! sets for its session, its temporary tables and prepared statements then end up in somebody
//! else's. So this is found out before anything is sent that a session would keep:
//!
//! 1. A server tells each session the process that serves it, for cancelling, and the same process
//!    answers `pg_backend_pid()`. A pooler has to make up keys of its own, since it serves many;
//!    a tunnel or a balancer of connections passes the server's on.
//! 2. Where they differ, a second session is opened, and both are asked in turn. A session that
//!    changes its process, or two that share one, are handed about. Asked alone, one session may
//!    keep its process for long; asked beside another, a pooler that gives out what came back last
//!    answers both from one, and one that gives out what was free longest changes at the double
//!    question.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};
use tokio_postgres::{Client, SimpleQueryMessage};

/// What stands between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Between {
    /// Nothing that makes up keys.
    Nothing,
    /// A pooler whose sessions keep theirs.
    Sessions,
    /// A pooler that hands sessions about.
    Transactions,
    /// A pooler that serves no second session, so that it cannot be told.
    Unknown,
}

/// How long a second session may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// Which of two sessions is asked, in turn: see above.
const TURNS: [usize; 8] = [0, 1, 0, 0, 1, 1, 0, 1];

/// Finds out what stands between; `another` opens a second session.
pub(super) async fn find<F>(
    client: &Client,
    another: impl FnOnce() -> F,
) -> Result<Between, tokio_postgres::Error>
where
    F: Future<Output = Option<Client>>,
{
    let own = process(client).await?;
    if told(client).await == Some(own) {
        return Ok(Between::Nothing);
    }
    let asked = tokio::time::timeout(PATIENCE, async {
        let Some(second) = another().await else { return Ok(Between::Unknown) };
        let sessions = [client, &second];
        let mut seen = [Vec::new(), Vec::new()];
        for turn in TURNS {
            seen[turn].push(process(sessions[turn]).await?);
        }
        seen[0].push(own);
        Ok(judge(&seen))
    });
    asked.await.unwrap_or(Ok(Between::Unknown))
}

/// What the processes that served two sessions tell.
fn judge([first, second]: &[Vec<i32>; 2]) -> Between {
    let keeps = |seen: &[i32]| seen.windows(2).all(|pair| pair[0] == pair[1]);
    let shared = first.iter().any(|process| second.contains(process));
    if keeps(first) && keeps(second) && !shared { Between::Sessions } else { Between::Transactions }
}

/// The process that serves a statement: one message, nothing prepared, nothing kept.
async fn process(client: &Client) -> Result<i32, tokio_postgres::Error> {
    let rows = client.simple_query("select pg_catalog.pg_backend_pid()").await?;
    let process = rows.iter().find_map(|row| match row {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    });
    Ok(process.unwrap_or_default())
}

/// The process that the session was told at its beginning. The driver keeps it to itself, but
/// writes it into a request to cancel, which here goes to a tape instead of the server.
async fn told(client: &Client) -> Option<i32> {
    let mut tape = Tape(Vec::new());
    client.cancel_token().cancel_query_raw(&mut tape, Untouched).await.ok()?;
    // Length, code, process and secret, four bytes each; before them perhaps a question for TLS.
    let request = tape.0.last_chunk::<16>()?;
    Some(i32::from_be_bytes([request[8], request[9], request[10], request[11]]))
}

/// Keeps what is written, and answers every question for TLS with yes.
struct Tape(Vec<u8>);

/// Gives a tape back as it is.
struct Untouched;

impl<'a> TlsConnect<&'a mut Tape> for Untouched {
    type Stream = &'a mut Tape;
    type Error = Infallible;
    type Future = Ready<Result<&'a mut Tape, Infallible>>;

    fn connect(self, tape: &'a mut Tape) -> Self::Future {
        ready(Ok(tape))
    }
}

impl TlsStream for &mut Tape {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Tape {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        buffer.put_slice(b"S");
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tape {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// What two sessions see through a pool of free processes.
    fn seen(mut free: VecDeque<i32>, give_back: fn(&mut VecDeque<i32>, i32)) -> [Vec<i32>; 2] {
        let mut seen = [Vec::new(), Vec::new()];
        for turn in std::iter::once(0).chain(TURNS) {
            let process = free.pop_front().unwrap();
            seen[turn].push(process);
            give_back(&mut free, process);
        }
        seen
    }

    #[test]
    fn a_pool_of_any_size_and_order_is_told_from_sessions() {
        for size in 1..10 {
            let free: VecDeque<i32> = (0..size).collect();
            let last_first = seen(free.clone(), VecDeque::push_front);
            let longest_first = seen(free, VecDeque::push_back);
            assert_eq!(judge(&last_first), Between::Transactions, "{size}");
            assert_eq!(judge(&longest_first), Between::Transactions, "{size}");
        }
        assert_eq!(judge(&[vec![1; 5], vec![2; 4]]), Between::Sessions);
    }
}
