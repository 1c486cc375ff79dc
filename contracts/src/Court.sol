// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Payouts} from "./base/Payouts.sol";
import {ICourt} from "./interfaces/ICourt.sol";
import {IDealEscrow} from "./interfaces/IDealEscrow.sol";
import {IRandomness} from "./interfaces/IRandomness.sol";
import {DealHash} from "./libraries/DealHash.sol";
import {Verdict} from "./libraries/Verdict.sol";
import {Words} from "./libraries/Words.sol";

/// @title Court of seats drawn by lot. See ICourt and docs/court.md.
/// @dev Whatever a party or a seat does or leaves undone, the clock or anybody's call leads on: an unseeded round is re-armed, an
/// undrawable one is dropped, a vote window ends by itself, `tally` and `finish` need nobody's word. Every loop is bounded by
/// MAX_MEMBERS or MAX_PROBES_A_CALL.
contract Court is Payouts {
    using DealHash for IDealEscrow.Deal;
    using DealHash for IDealEscrow.Result;
    using Words for *;

    /// @dev A call of 48 misses costs about 200,000 gas.
    uint256 private constant MAX_PROBES_A_CALL = 48;
    /// @dev 20 such calls: with one eligible position in 30, three seats are missed once in a million million draws.
    uint256 private constant MAX_PROBES = 960;
    uint256 private constant MAX_REARMS = 3;
    uint256 private constant LAST_ROUND = 2;
    uint256 private constant MAX_WINDOW = 30 days;

    /// @inheritdoc ICourt
    address public immutable randomness;
    uint256 private immutable _revealWindow;
    uint256 private immutable _appealWindow;

    mapping(bytes32 deal => uint256 word) private _disputes;
    mapping(bytes32 deal => bytes32) private _digests; // the provider's, revealed

    /// @param escrow_ may be deployed later, by then with this court's address
    constructor(address escrow_, address randomness_, Settings memory settings_) Payouts(escrow_, settings_) {
        _checkSetting(randomness_.code.length, 1, type(uint256).max);
        _checkSetting(settings_.seatStake, 1, type(uint96).max);
        _checkSetting(settings_.revealWindow, 1, MAX_WINDOW);
        _checkSetting(settings_.appealWindow, 1, MAX_WINDOW);
        _checkSetting(settings_.activation, 0, MAX_WINDOW);
        _checkSetting(settings_.exitDelay, 1, MAX_WINDOW);
        randomness = randomness_;
        _revealWindow = settings_.revealWindow;
        _appealWindow = settings_.appealWindow;
    }

    // ---- drawing

    /// @inheritdoc ICourt
    function begin(bytes32 deal) external {
        if (msg.sender != address(escrow)) revert NotEscrow(msg.sender);
        Dispute memory d;
        d.seatCount = uint32(_seatCount);
        d.challengedAt = uint40(block.timestamp);
        _checkSeats(d, 0);
        _arm(deal, d);
        _disputes[deal] = d.pack();
    }

    /// @inheritdoc ICourt
    function rearm(bytes32 deal) external {
        Dispute memory d = _inPhase(deal, Phase.Drawing);
        bytes26 lot = _lotOf(deal, d);
        if (d.seeded || !_isMissed(lot)) revert SeedNotMissed(deal, uint208(lot));
        if (d.rearms == MAX_REARMS) revert TooManyRearms(deal, MAX_REARMS);
        ++d.rearms;
        _newTicket(deal, d);
        _disputes[deal] = d.pack();
    }

    /// @inheritdoc ICourt
    function draw(IDealEscrow.Deal calldata deal) external {
        bytes32 id = deal.ofDeal();
        Dispute memory d = _disputes[id].toDispute();
        uint256 size = Verdict.sizeOf(d.round);
        if (d.phase == Phase.Drawing) {
            if (!d.seeded) _seed(id, d);
            _notAfter(d.deadline);
        } else {
            if (d.phase != Phase.Voting) revert WrongPhase(id, d.phase);
            _notAfter(_declineBy(d, deal));
        }
        if (d.seated == size || _isExhausted(d, size)) revert NothingToDraw(id);
        _probe(id, d, deal, size);
        if (d.phase == Phase.Drawing && d.seated == size) {
            d.phase = Phase.Voting;
            d.deadline = uint40(block.timestamp + deal.voteWindow);
            emit VotingBegan(id, d.round, d.deadline);
        }
        _disputes[id] = d.pack();
    }

    // ---- voting

    /// @inheritdoc ICourt
    function commit(bytes32 deal, uint256 member, bytes26 vote) external {
        Dispute memory d = _inPhase(deal, Phase.Voting);
        _notAfter(d.deadline);
        Member memory m = _ownMember(deal, d, member, Standing.Drawn);
        (m.standing, m.vote) = (Standing.Committed, vote);
        _members[deal][member] = m.pack();
        emit Committed(deal, member);
        if (++d.committed == Verdict.sizeOf(d.round)) {
            d.phase = Phase.Revealing;
            d.deadline = uint40(block.timestamp + _revealWindow);
        }
        _disputes[deal] = d.pack();
    }

    /// @inheritdoc ICourt
    function decline(IDealEscrow.Deal calldata deal, uint256 member) external {
        bytes32 id = deal.ofDeal();
        Dispute memory d = _inPhase(id, Phase.Voting);
        _notAfter(_declineBy(d, deal));
        Member memory m = _ownMember(id, d, member, Standing.Drawn);
        m.standing = Standing.Declined;
        _members[id][member] = m.pack();
        Seat storage seat = _seats[m.seat];
        seat.stake -= uint96(deal.seatFee);
        seat.risk -= uint96(RISK_FEES * deal.seatFee);
        --d.seated;
        _disputes[id] = d.pack();
        emit SeatSlashed(id, m.seat, msg.sender, deal.seatFee);
        emit Declined(id, member);
    }

    // ---- revealing

    /// @inheritdoc ICourt
    function reveal(bytes32 deal, uint256 member, bytes32 digest, bool orTimeout, bytes32 salt) external {
        Dispute memory d = _revealing(deal);
        Member memory m = _ownMember(deal, d, member, Standing.Committed);
        bytes26 shortDigest = bytes26(digest);
        bytes26 expected = bytes26(voteHash(deal, d.round, m.seat, digest, orTimeout, salt));
        if (m.vote != expected || shortDigest == 0) revert WrongReveal(deal);
        (m.standing, m.vote) = (orTimeout ? Standing.RevealedOrTimeout : Standing.Revealed, shortDigest);
        _members[deal][member] = m.pack();
        ++d.revealed;
        emit Revealed(deal, member, digest, orTimeout);
        _judgeIfComplete(deal, d);
    }

    /// @inheritdoc ICourt
    function revealCommitment(IDealEscrow.Result calldata result, bytes32 digest, bytes32 salt) external {
        bytes32 id = result.deal;
        Dispute memory d = _revealing(id);
        (,, bytes32 submitted) = escrow.statusOf(id);
        bool fits = result.ofResult() == submitted && keccak256(abi.encode(id, digest, salt)) == result.commitment;
        if (!fits || bytes26(digest) == 0 || _digests[id] != 0) revert WrongReveal(id);
        _digests[id] = digest;
        emit CommitmentRevealed(id, digest);
        _judgeIfComplete(id, d);
    }

    // ---- judging

    /// @inheritdoc ICourt
    function tally(IDealEscrow.Deal calldata deal) external {
        bytes32 id = deal.ofDeal();
        Dispute memory d = _disputes[id].toDispute();
        if (d.phase == Phase.Drawing) return _dropRound(id, d, deal.seatFee);
        _endVoting(d);
        if (d.phase != Phase.Revealing) revert WrongPhase(id, d.phase);
        _after(d.deadline);
        _judge(id, d);
    }

    /// @inheritdoc ICourt
    function appeal(IDealEscrow.Deal calldata deal) external {
        bytes32 id = deal.ofDeal();
        Dispute memory d = _inPhase(id, Phase.Judged);
        if (d.deadline == 0) revert LastRound(id);
        _notAfter(d.deadline);
        ++d.round;
        _checkSeats(d, d.members);
        uint256 deposit = Verdict.sizeOf(d.round) * deal.seatFee;
        escrow.collect(msg.sender, deposit);
        _appeals[id][d.round] = Deposit(msg.sender, !d.providerWrong);
        (d.first, d.seated, d.committed, d.revealed) = (d.members, 0, 0, 0);
        (d.rearms, d.cursor, d.seeded) = (0, 0, false);
        emit Appealed(id, d.round, msg.sender, !d.providerWrong, deposit);
        _arm(id, d);
        _disputes[id] = d.pack();
    }

    /// @inheritdoc ICourt
    function finish(IDealEscrow.Deal calldata deal, IDealEscrow.Result calldata result) external {
        bytes32 id = deal.ofDeal();
        Dispute memory d = _inPhase(id, Phase.Judged);
        _after(d.deadline);
        bytes26 given = bytes26(_digests[id]);
        Member[] memory members = membersOf(id);
        for (uint256 i = 0; i < members.length; ++i) {
            delete _members[id][i];
        }
        delete _disputes[id];
        delete _digests[id];
        _payOut(deal, result, d, members, given);
    }

    // ---- views

    /// @inheritdoc ICourt
    function voteHash(bytes32 deal, uint256 round, uint256 seat, bytes32 digest, bool orTimeout, bytes32 salt)
        public
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(deal, round, seat, digest, orTimeout, salt));
    }

    /// @inheritdoc ICourt
    function disputeOf(bytes32 deal) external view returns (Dispute memory) {
        return _disputes[deal].toDispute();
    }

    /// @inheritdoc ICourt
    function evidenceOf(bytes32 deal) external view returns (bytes32 ticketOrSeed, bytes32 digest) {
        Dispute memory d = _disputes[deal].toDispute();
        bytes26 lot = _lotOf(deal, d);
        bool isTicket = d.phase == Phase.Drawing && !d.seeded;
        return (isTicket ? bytes32(uint256(uint208(lot))) : bytes32(lot), _digests[deal]);
    }

    /// @inheritdoc ICourt
    function memberOf(bytes32 deal, uint256 member) external view returns (Member memory) {
        return _members[deal][member].toMember();
    }

    /// @inheritdoc ICourt
    function membersOf(bytes32 deal) public view returns (Member[] memory members) {
        members = new Member[](_disputes[deal].toDispute().members);
        for (uint256 i = 0; i < members.length; ++i) {
            members[i] = _members[deal][i].toMember();
        }
    }

    /// @inheritdoc ICourt
    function settings() external view returns (Settings memory) {
        return Settings(_seatStake, _revealWindow, _appealWindow, _activation, _exitDelay);
    }

    // ---- steps of the draw

    function _arm(bytes32 id, Dispute memory d) private {
        (d.phase, d.roundAt, d.deadline) = (Phase.Drawing, uint40(block.timestamp), 0);
        _newTicket(id, d);
    }

    function _newTicket(bytes32 id, Dispute memory d) private {
        uint256 ticket = IRandomness(randomness).request();
        _setLot(id, d, bytes26(uint208(ticket)));
        emit Armed(id, d.round, ticket);
    }

    /// @dev The ticket, later the seed, waits in the slot of the round's first member, and every member keeps the seed until it
    /// commits: a slot of its own would cost 22,100 gas. Who declined has it still, so that a replacement can be drawn.
    function _setLot(bytes32 id, Dispute memory d, bytes26 lot) private {
        _members[id][d.first] = Member(0, d.round, Standing.None, lot).pack();
    }

    /// @return the ticket or the seed; 0 once nothing is left to draw
    function _lotOf(bytes32 id, Dispute memory d) private view returns (bytes26) {
        uint256 i = d.first;
        do {
            Member memory m = _members[id][i].toMember();
            if (m.standing == Standing.None || m.standing == Standing.Drawn || m.standing == Standing.Declined) {
                return m.vote;
            }
        } while (++i < d.members);
        return 0;
    }

    /// @dev Kept from now on: nobody can wait until it is gone and roll again.
    function _seed(bytes32 id, Dispute memory d) private {
        uint256 ticket = uint208(_lotOf(id, d));
        (IRandomness.Status status, bytes32 seed) = IRandomness(randomness).seedOf(ticket);
        if (status == IRandomness.Status.Pending) revert SeedPending(id, ticket);
        if (status == IRandomness.Status.Missed) revert SeedMissed(id, ticket);
        _setLot(id, d, bytes26(seed));
        // probes need nobody's leave, so a window as for reveals is plenty
        (d.seeded, d.deadline) = (true, uint40(block.timestamp + _revealWindow));
    }

    function _isMissed(bytes26 ticket) private view returns (bool) {
        (IRandomness.Status status,) = IRandomness(randomness).seedOf(uint208(ticket));
        return status == IRandomness.Status.Missed;
    }

    function _probe(bytes32 id, Dispute memory d, IDealEscrow.Deal calldata deal, uint256 size) private {
        bytes26 seed = _lotOf(id, d);
        for (uint256 probes = 0; probes < MAX_PROBES_A_CALL; ++probes) {
            if (d.seated == size || _isExhausted(d, size)) return;
            uint256 index = uint256(keccak256(abi.encode(seed, id, d.round, d.cursor))) % d.seatCount;
            ++d.cursor;
            Seat storage seat = _seats[index];
            address owner = seat.owner;
            if (!_isEligible(seat, owner, d, deal) || _wasDrawn(id, d.members, owner)) continue;
            seat.risk += uint96(RISK_FEES * deal.seatFee);
            _members[id][d.members] = Member(uint32(index), d.round, Standing.Drawn, seed).pack();
            emit Drawn(id, owner, d.round, d.members, index);
            ++d.members;
            ++d.seated;
        }
    }

    /// @dev By what was fixed before the seed could be known: nobody can take or leave a seat to bend the lot.
    function _isEligible(Seat storage seat, address owner, Dispute memory d, IDealEscrow.Deal calldata deal)
        private
        view
        returns (bool)
    {
        if (owner == address(0) || owner == deal.creator || owner == deal.provider) return false;
        if (seat.from >= d.challengedAt || (seat.exit != 0 && seat.exit < d.roundAt)) return false;
        if (seat.risk + RISK_FEES * deal.seatFee > seat.stake) return false;
        return seat.capabilities & deal.needs == deal.needs;
    }

    /// @dev One owner, one member: in all rounds, declined ones included.
    function _wasDrawn(bytes32 id, uint256 members, address owner) private view returns (bool) {
        for (uint256 i = 0; i < members; ++i) {
            if (_seats[_members[id][i].toMember().seat].owner == owner) return true;
        }
        return false;
    }

    /// @dev Members of a round are bounded too, replaced ones included, and so is whatever runs over them.
    function _isExhausted(Dispute memory d, uint256 size) private pure returns (bool) {
        return d.cursor == MAX_PROBES || d.members - d.first == 2 * size;
    }

    /// @dev So that a replacement has two thirds of the window, whoever declines.
    function _declineBy(Dispute memory d, IDealEscrow.Deal calldata deal) private pure returns (uint256) {
        return d.deadline - (2 * deal.voteWindow) / 3;
    }

    // ---- steps of the verdict

    /// @dev A vote window ends by itself; nobody has to say so.
    function _endVoting(Dispute memory d) private view {
        if (d.phase != Phase.Voting || block.timestamp <= d.deadline) return;
        (d.phase, d.deadline) = (Phase.Revealing, uint40(d.deadline + _revealWindow));
    }

    function _revealing(bytes32 id) private view returns (Dispute memory d) {
        d = _disputes[id].toDispute();
        _endVoting(d);
        if (d.phase != Phase.Revealing) revert WrongPhase(id, d.phase);
        _notAfter(d.deadline);
    }

    /// @dev With everything on the table there is nothing to wait for.
    function _judgeIfComplete(bytes32 id, Dispute memory d) private {
        if (d.revealed == d.committed && _digests[id] != 0) _judge(id, d);
        else _disputes[id] = d.pack();
    }

    function _judge(bytes32 id, Dispute memory d) private {
        bytes26 given = bytes26(_digests[id]);
        d.providerWrong = Verdict.isProviderWrong(Verdict.majorityOf(membersOf(id), d.round, given), given);
        _close(d, d.round == LAST_ROUND ? 0 : block.timestamp + _appealWindow);
        emit Judged(id, d.round, d.providerWrong, d.deadline);
        _disputes[id] = d.pack();
    }

    /// @dev A round without its seats: the verdict before it stands, at first that the provider is right.
    function _dropRound(bytes32 id, Dispute memory d, uint256 seatFee) private {
        uint256 size = Verdict.sizeOf(d.round);
        if (d.seeded) {
            if (!_isExhausted(d, size)) _after(d.deadline);
        } else if (d.rearms != MAX_REARMS || !_isMissed(_lotOf(id, d))) {
            revert WrongPhase(id, d.phase);
        }
        if (d.members == d.first) delete _members[id][d.first];
        for (uint256 i = d.first; i < d.members; ++i) {
            Member memory m = _members[id][i].toMember();
            m.standing = Standing.Excused;
            _members[id][i] = m.pack();
            _seats[m.seat].risk -= uint96(RISK_FEES * seatFee);
        }
        if (d.round != 0) {
            escrow.pay(_appeals[id][d.round].payer, size * seatFee);
            delete _appeals[id][d.round];
        }
        _close(d, 0);
        emit Undrawn(id, d.round);
        _disputes[id] = d.pack();
    }

    function _close(Dispute memory d, uint256 appealBy) private pure {
        (d.phase, d.deadline) = (Phase.Judged, uint40(appealBy));
    }

    // ---- checks

    function _inPhase(bytes32 id, Phase wanted) private view returns (Dispute memory d) {
        d = _disputes[id].toDispute();
        if (d.phase != wanted) revert WrongPhase(id, d.phase);
    }

    /// @dev Of this round, the caller's, and standing as it must.
    function _ownMember(bytes32 id, Dispute memory d, uint256 index, Standing wanted)
        private
        view
        returns (Member memory m)
    {
        m = _members[id][index].toMember();
        if (index < d.first || index >= d.members || m.standing != wanted) {
            revert WrongStanding(id, index, m.standing);
        }
        if (_seats[m.seat].owner != msg.sender) revert NotSeatOwner(m.seat, msg.sender);
    }

    /// @dev Fewer positions than members can never be drawn.
    function _checkSeats(Dispute memory d, uint256 used) private pure {
        uint256 needed = used + Verdict.sizeOf(d.round);
        if (d.seatCount < needed) revert NotEnoughSeats(d.seatCount, needed);
    }

    function _checkSetting(uint256 value, uint256 min, uint256 max) private pure {
        if (value < min || value > max) revert BadSettings(value, min, max);
    }

    function _notAfter(uint256 deadline) private view {
        if (block.timestamp > deadline) revert IDealEscrow.TooLate(deadline, block.timestamp);
    }

    function _after(uint256 deadline) private view {
        if (block.timestamp <= deadline) revert IDealEscrow.TooEarly(deadline + 1, block.timestamp);
    }
}
