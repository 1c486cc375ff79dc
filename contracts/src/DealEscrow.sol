// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Batches} from "./base/Batches.sol";
import {FreeBalances} from "./base/FreeBalances.sol";
import {ICourt} from "./interfaces/ICourt.sol";
import {IDealEscrow} from "./interfaces/IDealEscrow.sol";
import {DealHash} from "./libraries/DealHash.sol";
import {Nonces} from "./libraries/Nonces.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {Terms} from "./libraries/Terms.sol";

/// @title Escrow of compute deals. See IDealEscrow and docs/settlement.md.
/// @notice Terms travel in calldata and are found again by their hash, so a deal occupies one storage word while open, two
/// while submitted and none afterwards.
/// @dev Nothing succeeds after the end of a deal: every ending deletes its record, every call but the two opening ones needs
/// a record, and opening needs the deal's nonce fresh, which it used up. Deleting earns the refund (4,800 gas) and lets
/// openAndSettle write no record at all; that `Closed` is not stored costs only that an id alone cannot tell it from `None`.
///
/// Who may: a deal's clock runs against its provider, and the creator alone knows whether the inputs are there. So a deal is
/// opened by its provider only, and a charge counts only if the provider chose it, as the caller or in the Result that was
/// submitted. Otherwise a creator could open a deal without inputs and take the collateral, or sign a Result with no charge
/// and end a deal whose work was done. See docs/decisions/0011-who-may-open-and-settle.md.
///
/// Court: `court` is fixed at construction; with none, no deal may ask for a committee. `challenge` hands a submitted deal to it, its
/// `resolve` alone ends one. Stakes and deposits lie here as well, in the court's own free balance: it can take from accounts by
/// `collect`, which it does for their own calls only, and give by `pay` what it has.
contract DealEscrow is FreeBalances, Batches, EIP712 {
    using DealHash for Deal;
    using DealHash for Result;
    using DealHash for Close;
    using DealHash for bytes32;
    using Nonces for Nonces.Bitmap;
    using Signatures for address;

    struct Record {
        State state; // slot 0: 1 byte
        uint64 deadline; // slot 0: 8 bytes; unix seconds
        bytes32 resultHash; // slot 1; only while submitted
    }

    /// @dev Giving up in time costs a provider one part in four of its collateral, silence all of it.
    uint256 private constant FORFEIT_PARTS = 4;

    /// @inheritdoc IDealEscrow
    address public immutable court;
    /// @inheritdoc IDealEscrow
    uint256 public immutable minWindow;
    /// @inheritdoc IDealEscrow
    uint256 public immutable minSeatFee;

    mapping(bytes32 id => Record record) private _records;
    Nonces.Bitmap private _nonces;

    /// @param token_ any ERC-20 that moves exactly what it is told to
    /// @param minWindow_ seconds, 1 to 30 days
    /// @param court_ the zero address for an escrow without committees; else one that knows this escrow's address
    /// @param minSeatFee_ token units; at most 2^96 - 1, and with a court not 0: a seat must have something to lose
    constructor(address token_, address court_, uint256 minWindow_, uint256 minSeatFee_)
        FreeBalances(token_)
        EIP712("dcn DealEscrow", "1")
    {
        if (
            token_.code.length == 0 || minWindow_ == 0 || minWindow_ > Terms.MAX_WINDOW
                || minSeatFee_ > Terms.MAX_AMOUNT || (court_ != address(0) && minSeatFee_ == 0)
        ) {
            revert BadConfiguration(token_, minWindow_, minSeatFee_);
        }
        court = court_;
        minWindow = minWindow_;
        minSeatFee = minSeatFee_;
    }

    // ---- opening

    /// @inheritdoc IDealEscrow
    function open(Deal calldata deal, bytes calldata creatorSignature, bytes calldata providerSignature)
        external
        returns (bytes32 id)
    {
        id = deal.ofDeal();
        _onlyProvider(id, deal);
        Record storage record = _records[id];
        if (record.state != State.None) revert WrongState(id, record.state);
        if (!_nonces.use(deal.creator, deal.nonce)) revert NonceUsed(deal.creator, deal.nonce);
        uint256 submitBy = _lock(id, deal, creatorSignature, providerSignature);
        record.state = State.Open;
        record.deadline = uint64(submitBy);
    }

    /// @inheritdoc IDealEscrow
    function openAndSettle(
        Deal calldata deal,
        Result calldata result,
        bytes calldata creatorSignature,
        bytes calldata providerSignature,
        bytes calldata resultSignature
    ) external {
        bytes32 id = deal.ofDeal();
        _onlyProvider(id, deal);
        State state = State.None;
        // a fresh nonce means that there is no record: reading one would cost 2,100 gas
        if (_nonces.use(deal.creator, deal.nonce)) {
            _lock(id, deal, creatorSignature, providerSignature);
        } else {
            state = _records[id].state;
            if (state != State.Open) revert WrongState(id, _stateOf(id, deal));
        }
        _settle(id, deal, result, resultSignature, state);
    }

    /// @inheritdoc IDealEscrow
    function burn(uint256 nonce) external {
        if (!_nonces.use(msg.sender, nonce)) revert NonceUsed(msg.sender, nonce);
        emit NonceBurned(msg.sender, nonce);
    }

    // ---- from open

    /// @inheritdoc IDealEscrow
    function submit(Deal calldata deal, Result calldata result, bytes calldata providerSignature) external {
        (bytes32 id, Record storage record) = _inState(deal, State.Open);
        _notAfter(record.deadline);
        bytes32 hash = _checkResult(id, deal, result);
        if (msg.sender != deal.provider) _checkSignature(deal.provider, hash, providerSignature);
        uint256 reviewBy = block.timestamp + deal.reviewWindow;
        record.state = State.Submitted;
        record.deadline = uint64(reviewBy);
        record.resultHash = hash;
        emit Submitted(id, hash, reviewBy);
    }

    /// @inheritdoc IDealEscrow
    function forfeit(Deal calldata deal) external {
        (bytes32 id, Record storage record) = _inState(deal, State.Open);
        _onlyProvider(id, deal);
        // later it would be a discount on timeoutSubmit
        _notAfter(record.deadline);
        (uint256 toProvider, uint256 toCreator) =
            _end(id, deal, deal.collateral - deal.collateral / FORFEIT_PARTS, State.Open);
        emit Forfeited(id, toProvider, toCreator);
    }

    /// @inheritdoc IDealEscrow
    function timeoutSubmit(Deal calldata deal) external {
        (bytes32 id, Record storage record) = _inState(deal, State.Open);
        _after(record.deadline);
        (, uint256 toCreator) = _end(id, deal, 0, State.Open);
        emit TimedOut(id, toCreator);
    }

    // ---- from submitted

    /// @inheritdoc IDealEscrow
    function claim(Deal calldata deal, Result calldata result) external {
        (bytes32 id, Record storage record) = _inState(deal, State.Submitted);
        _after(record.deadline);
        _checkSubmitted(id, record, result);
        (uint256 toProvider, uint256 toCreator) = _end(id, deal, result.charge + deal.collateral, State.Submitted);
        emit Claimed(id, toProvider, toCreator);
    }

    // ---- from both

    /// @inheritdoc IDealEscrow
    function settle(Deal calldata deal, Result calldata result, bytes calldata creatorSignature) external {
        (bytes32 id, State state) = _openOrSubmitted(deal);
        // the provider's word on this Result: its call, or what it submitted (an open deal has no hash to equal). A signature of
        // it needs no place here: whoever has one submits it first
        if (msg.sender != deal.provider && result.ofResult() != _records[id].resultHash) {
            revert NotParty(id, msg.sender);
        }
        _settle(id, deal, result, creatorSignature, state);
    }

    /// @inheritdoc IDealEscrow
    function close(
        Deal calldata deal,
        Close calldata agreed,
        bytes calldata creatorSignature,
        bytes calldata providerSignature
    ) external {
        (bytes32 id, State state) = _openOrSubmitted(deal);
        if (agreed.deal != id) revert WrongResult(id, id, agreed.deal);
        _notAfter(agreed.expiry);
        uint256 locked = deal.price + deal.collateral;
        if (agreed.toProvider > locked) revert SplitTooLarge(agreed.toProvider, locked);
        _checkSignatures(agreed.ofClose(), deal, creatorSignature, providerSignature);
        (uint256 toProvider, uint256 toCreator) = _end(id, deal, agreed.toProvider, state);
        emit ClosedByBoth(id, toProvider, toCreator);
    }

    // ---- disputes

    /// @inheritdoc IDealEscrow
    function challenge(Deal calldata deal, Result calldata result, bytes calldata creatorSignature) external {
        (bytes32 id, Record storage record) = _inState(deal, State.Submitted);
        _notAfter(record.deadline);
        if (deal.committee == 0) revert CommitteeNotAllowed(0);
        bytes32 hash = _checkSubmitted(id, record, result);
        if (msg.sender != deal.creator) _checkSignature(deal.creator, id.ofChallenge(hash), creatorSignature);
        uint256 deposit = deal.committee * deal.seatFee;
        _debit(deal.creator, deposit);
        _credit(court, deposit);
        (record.state, record.deadline) = (State.Disputed, 0);
        emit Challenged(id, deal.creator, deal.provider, deal, result);
        ICourt(court).begin(id);
    }

    /// @inheritdoc IDealEscrow
    function resolve(Deal calldata deal, Result calldata result, bool providerRight, bool collateralToCourt) external {
        _onlyCourt();
        (bytes32 id, Record storage record) = _inState(deal, State.Disputed);
        _checkSubmitted(id, record, result);
        uint256 toProvider = providerRight ? result.charge + deal.collateral : 0;
        uint256 toCourt = !providerRight && collateralToCourt ? deal.collateral : 0;
        uint256 toCreator = deal.price + deal.collateral - toProvider - toCourt;
        delete _records[id];
        _credit(deal.provider, toProvider);
        _credit(deal.creator, toCreator);
        _credit(court, toCourt);
        emit Resolved(id, toProvider, toCreator);
    }

    /// @inheritdoc IDealEscrow
    function collect(address from, uint256 amount) external {
        _onlyCourt();
        _debit(from, amount);
        _credit(court, amount);
    }

    /// @inheritdoc IDealEscrow
    function pay(address to, uint256 amount) external {
        _onlyCourt();
        _debit(court, amount);
        _credit(to, amount);
    }

    // ---- views

    /// @inheritdoc IDealEscrow
    function dealId(Deal calldata deal) external pure returns (bytes32) {
        return deal.ofDeal();
    }

    /// @inheritdoc IDealEscrow
    function statusOf(bytes32 id) external view returns (State state, uint64 deadline, bytes32 resultHash) {
        Record storage record = _records[id];
        return (record.state, record.deadline, record.resultHash);
    }

    /// @inheritdoc IDealEscrow
    function statusOfDeal(Deal calldata deal) external view returns (State state, uint64 deadline, bytes32 resultHash) {
        bytes32 id = deal.ofDeal();
        Record storage record = _records[id];
        return (_stateOf(id, deal), record.deadline, record.resultHash);
    }

    /// @inheritdoc IDealEscrow
    function nonceUsed(address creator, uint256 nonce) external view returns (bool) {
        return _nonces.isUsed(creator, nonce);
    }

    /// @inheritdoc IDealEscrow
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    // ---- shared steps

    /// @dev Terms, both signatures, both amounts. The caller has checked itself and used the nonce; a record, where one is needed,
    /// it writes. The provider signs although it calls: the two signatures are the agreement, the same on chain and off, and an
    /// account that can be made to send (a wallet's session key) has agreed to nothing by that.
    /// @return submitBy unix seconds
    function _lock(bytes32 id, Deal calldata deal, bytes calldata creatorSignature, bytes calldata providerSignature)
        private
        returns (uint256 submitBy)
    {
        Terms.check(deal, minWindow, minSeatFee, court != address(0));
        _checkSignatures(id, deal, creatorSignature, providerSignature);
        _debit(deal.creator, deal.price);
        _debit(deal.provider, deal.collateral);
        submitBy = block.timestamp + deal.submitWindow;
        emit Opened(id, deal.creator, deal.provider, deal.price, deal.collateral, submitBy);
    }

    /// @dev The creator's word on a Result; the caller has checked that it is the provider's too.
    function _settle(bytes32 id, Deal calldata deal, Result calldata result, bytes calldata signature, State state)
        private
    {
        bytes32 hash = _checkResult(id, deal, result);
        _checkSignature(deal.creator, hash, signature);
        (uint256 toProvider, uint256 toCreator) = _end(id, deal, result.charge + deal.collateral, state);
        emit Settled(id, toProvider, toCreator);
    }

    /// @dev Deletes what is stored and pays out exactly price + collateral. `toProvider` is at most that.
    function _end(bytes32 id, Deal calldata deal, uint256 toProvider, State state)
        private
        returns (uint256, uint256 toCreator)
    {
        if (state != State.None) {
            Record storage record = _records[id];
            (record.state, record.deadline) = (State.None, 0);
            if (state == State.Submitted) record.resultHash = 0;
        }
        unchecked {
            toCreator = deal.price + deal.collateral - toProvider; // amounts are below 2^96
        }
        _credit(deal.provider, toProvider);
        _credit(deal.creator, toCreator);
        return (toProvider, toCreator);
    }

    function _onlyCourt() private view {
        if (msg.sender != court) revert NotCourt(msg.sender);
    }

    function _onlyProvider(bytes32 id, Deal calldata deal) private view {
        if (msg.sender != deal.provider) revert NotParty(id, msg.sender);
    }

    function _inState(Deal calldata deal, State wanted) private view returns (bytes32 id, Record storage record) {
        id = deal.ofDeal();
        record = _records[id];
        if (record.state != wanted) revert WrongState(id, _stateOf(id, deal));
    }

    function _openOrSubmitted(Deal calldata deal) private view returns (bytes32 id, State state) {
        id = deal.ofDeal();
        state = _records[id].state;
        if (state != State.Open && state != State.Submitted) revert WrongState(id, _stateOf(id, deal));
    }

    function _stateOf(bytes32 id, Deal calldata deal) private view returns (State state) {
        state = _records[id].state;
        if (state == State.None && _nonces.isUsed(deal.creator, deal.nonce)) state = State.Closed;
    }

    function _checkResult(bytes32 id, Deal calldata deal, Result calldata result) private pure returns (bytes32) {
        if (result.deal != id) revert WrongResult(id, id, result.deal);
        if (result.charge > deal.price) revert ChargeAbovePrice(result.charge, deal.price);
        return result.ofResult();
    }

    function _checkSubmitted(bytes32 id, Record storage record, Result calldata result)
        private
        view
        returns (bytes32 hash)
    {
        hash = result.ofResult();
        if (hash != record.resultHash) revert WrongResult(id, record.resultHash, hash);
    }

    function _checkSignature(address signer, bytes32 structHash, bytes calldata signature) private view {
        if (!signer.isValid(_hashTypedDataV4(structHash), signature)) revert BadSignature(signer);
    }

    function _checkSignatures(
        bytes32 structHash,
        Deal calldata deal,
        bytes calldata ofCreator,
        bytes calldata ofProvider
    ) private view {
        bytes32 digest = _hashTypedDataV4(structHash);
        if (!deal.creator.isValid(digest, ofCreator)) revert BadSignature(deal.creator);
        if (!deal.provider.isValid(digest, ofProvider)) revert BadSignature(deal.provider);
    }

    function _notAfter(uint256 deadline) private view {
        if (block.timestamp > deadline) revert TooLate(deadline, block.timestamp);
    }

    function _after(uint256 deadline) private view {
        if (block.timestamp <= deadline) revert TooEarly(deadline + 1, block.timestamp);
    }
}
